%% Compressed tables answer as others do, whatever is in them, and take less room for what compresses.
-module(ets_compressed).
-export([main/0]).

main() ->
    [both(Type) || Type <- [set, ordered_set, bag, duplicate_bag]],
    sizes().

objects() ->
    [{1, lists:seq(1, 50), "text", 1.5}, {2, #{a => [1, 2, 3], b => {x, y}}}, {3, <<1, 2, 3>>, <<5:3>>, binary:copy(<<"x">>, 200)},
     {4, maps:from_keys(lists:seq(1, 40), v)}, {5, fun lists:map/2, self(), make_ref()}, {6, 1 bsl 100, -(1 bsl 70), -0.0},
     {7, [a | b], [], {}, #{}}, {{k, [1, 2]}, {v, [{deep, lists:seq(1, 30)}]}}, {"key", "value that is long enough to be packed"},
     {8, fun(X) -> X + 1 end, lists:duplicate(20, åtom)}, {9}].

both(Type) ->
    A = ets:new(plain, [Type, public]),
    B = ets:new(packed, [Type, public, compressed]),
    t:p({Type, ets:info(B, compressed), ets:info(A, compressed)}),
    Same = fun(Label, F) ->
                   X = result(F, A), Y = result(F, B),
                   t:p({Label, X =:= Y})
           end,
    O = objects(),
    Same(insert, fun(T) -> ets:insert(T, O) end),
    Same(again, fun(T) -> ets:insert(T, O) end),
    Same(new, fun(T) -> ets:insert_new(T, [{1, x}, {100, lists:seq(1, 40)}]) end),
    Same(lookup, fun(T) -> [ets:lookup(T, element(1, X)) || X <- O] end),
    Same(element, fun(T) -> [ets:lookup_element(T, K, P) || {K, P} <- [{1, 2}, {1, 3}, {2, 2}, {3, 4}, {5, 2}, {6, 2}, {8, 3}]] end),
    Same(element, fun(T) -> ets:lookup_element(T, 9, 2) end),
    Same(tab2list, fun(T) -> lists:sort(ets:tab2list(T)) end),
    Same(select, fun(T) -> lists:sort(ets:select(T, [{{'$1', '$2', '_', '_'}, [{is_list, '$2'}], ['$_']}, {{'$1', '$2'}, [], [{{'$2', '$1'}}]}])) end),
    Same(select, fun(T) -> ets:select(T, [{{1, '$1', '$2', '$3'}, [{'>', {length, '$1'}, 3}], [{{{hd, '$1'}, '$2', '$3'}}]}]) end),
    Same(match, fun(T) -> lists:sort(ets:match(T, {'$1', [1 | '$2'], "text", '_'})) end),
    Same(match_object, fun(T) -> ets:match_object(T, {'_', #{a => [1, 2, 3]}}) end),
    Same(count, fun(T) -> ets:select_count(T, [{{'_', '$1'}, [{is_map, '$1'}], [true]}]) end),
    Same(fold, fun(T) -> ets:foldl(fun(X, N) -> N + erlang:phash2(setelement(1, X, x)) end, 0, T) end),
    Same(update_element, fun(T) -> ets:update_element(T, 1, [{2, {new, lists:seq(1, 60)}}, {4, 7}]) end),
    Same(update_counter, fun(T) -> ets:update_counter(T, 1, {4, 3}) end),
    Same(update_counter, fun(T) -> ets:update_counter(T, 1, {2, 3}) end),
    Same(update_counter, fun(T) -> ets:update_counter(T, new, {3, 3}, {new, lists:seq(1, 50), 0}) end),
    Same(lookup, fun(T) -> {ets:lookup(T, 1), ets:lookup(T, new)} end),
    Same(replace, fun(T) -> ets:select_replace(T, [{{'$1', '$2'}, [{is_map, '$2'}], [{{'$1', {{again, '$2'}}}}]}]) end),
    Same(delete_object, fun(T) -> [ets:delete_object(T, X) || X <- O] end),
    Same(take, fun(T) -> ets:take(T, 2) end),
    Same(select_delete, fun(T) -> ets:select_delete(T, [{{'_', '$1', '_', '_'}, [{is_tuple, '$1'}], [true]}]) end),
    Same(rest, fun(T) -> lists:sort(ets:tab2list(T)) end),
    Same(size, fun(T) -> ets:info(T, size) end),
    ets:delete(A),
    ets:delete(B).

result(F, T) -> try F(T) catch C:R -> {C, R} end.

sizes() ->
    [A, B] = [begin
                  T = ets:new(t, O),
                  [ets:insert(T, {N, lists:seq(N, N + 100), #{name => "some name", list => [1, 2, 3, N]}}) || N <- lists:seq(1, 1000)],
                  ets:info(T, memory)
              end || O <- [[], [compressed]]],
    t:p(B * 2 < A).
