%% Walking through tables: fixed ones, in chunks, by ranges of keys, over large tables, and while they change.
-module(ets_walks).
-export([main/0]).

main() ->
    [fixed(T) || T <- [set, ordered_set, bag, duplicate_bag]],
    [chunks(T) || T <- [set, ordered_set, bag, duplicate_bag]],
    ranges(),
    large(set), large(ordered_set),
    bags(),
    replace(),
    contents(),
    numbers(),
    concurrent().

fixed(Type) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{I, I} || I <- lists:seq(1, 500)]),
    ets:safe_fixtable(T, true),
    Seen = walk(T, ets:first(T), []),
    t:p({Type, lists:sort(Seen) =:= lists:seq(1, 500), ets:info(T, size), ets:info(T, fixed)}),
    ets:insert(T, {7, again}), ets:insert(T, {3, x}),
    ets:delete_all_objects(T),
    t:p({ets:info(T, size), ets:first(T), ets:lookup(T, 7)}),
    ets:safe_fixtable(T, false),
    t:p({ets:info(T, fixed), ets:tab2list(T)}),
    [ets:insert(T, {I, I}) || I <- lists:seq(1, 1000)],
    t:p(length(ets:tab2list(T))),
    [ets:delete(T, I) || I <- lists:seq(1, 999)],
    t:p({ets:tab2list(T), ets:first(T), ets:next(T, 1000)}).

walk(_, '$end_of_table', Seen) -> Seen;
walk(T, K, Seen) -> ets:delete(T, K), walk(T, ets:next(T, K), [K | Seen]).

chunks(Type) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{I, I rem 3, {v, I}} || I <- lists:seq(1, 100)]),
    [begin
         All = collect(ets:select(T, [{{'$1', 1, '_'}, [], ['$1']}], N), fun ets:select/1, N),
         t:p({Type, N, lists:sort(All) =:= [I || I <- lists:seq(1, 100), I rem 3 =:= 1]}),
         M = collect(ets:match(T, {'$1', 2, '$2'}, N), fun ets:match/1, N),
         t:p(length(M)),
         O = collect(ets:match_object(T, {'_', 0, '_'}, N), fun ets:match_object/1, N),
         t:p(length(lists:usort(O)))
     end || N <- [1, 2, 7, 33, 1000]],
    t:p(lists:sort(collect(ets:select_reverse(T, [{{'$1', 1, '_'}, [{'<', '$1', 20}], ['$1']}], 3), fun ets:select_reverse/1, 3))),
    t:p(ets:select(T, [{{none, '_', '_'}, [], [x]}], 5)),
    t:p(ets:foldl(fun({I, _, _}, S) -> I + S end, 0, T)),
    t:p(lists:sort(ets:select(T, [{{5, '_', '$1'}, [], ['$1']}, {{50, '_', '$1'}, [], [{{a, '$1'}}]}, {{5, '_', '_'}, [], [never]}]))),
    ets:delete(T).

collect('$end_of_table', _, _) -> [];
collect({L, C}, F, N) when length(L) =< N -> L ++ collect(F(C), F, N).

ranges() ->
    T = ets:new(t, [ordered_set]),
    ets:insert(T, [{{A, B, C}} || A <- [a, b, c], B <- [1, 2.0, "s"], C <- [x, y]]),
    ets:insert(T, [{K} || K <- [1, 1.5, z, {a}, {a, 1}, [1, 2, 3], [1, 2, 4], [1, 3], #{k => 1}, <<"b">>, [], {}]]),
    t:p(ets:match(T, {{b, '$1', '$2'}})),
    t:p(ets:select(T, [{{{b, 2, '$1'}}, [], ['$1']}])),
    t:p(ets:select(T, [{{{b, 2.0, '$1'}}, [], ['$1']}])),
    t:p(ets:select_reverse(T, [{{{a, '_', x}}, [], ['$_']}])),
    t:p(ets:match_object(T, {[1, 2 | '_']})),
    t:p(ets:match_object(T, {[1 | '$1']})),
    t:p(ets:match_object(T, {#{k => '_'}})),
    t:p(ets:match_object(T, {{'_', 1}})),
    t:p(ets:tab2list(T)),
    t:p([ets:next(T, K) || K <- [0, 1, 1.0, {}, {a, 0}, <<>>, <<"b">>, zz]]),
    t:p([ets:prev(T, K) || K <- [0, 1, 2, {}, {a, 2}, <<>>, [], zz]]),
    t:p(ets:select_delete(T, [{{{'_', '_', x}}, [], [true]}])),
    t:p({ets:info(T, size), ets:last(T), ets:first(T)}).

large(Type) ->
    N = 60000,
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{I, I band 7, integer_to_list(I)} || I <- lists:seq(1, N)]),
    L = ets:select(T, [{{'$1', 3, '_'}, [], ['$1']}]),
    t:p({length(L), lists:sum(L)}),
    t:p(case Type of ordered_set -> L =:= lists:sort(L); set -> true end),
    t:p(length(ets:tab2list(T))),
    t:p(ets:select_count(T, [{{'$1', '_', '_'}, [{'>', '$1', 1000}, {'=<', {'rem', '$1', 10}, 4}], [true]}])),
    t:p(ets:select_replace(T, [{{'$1', 3, '$2'}, [], [{{'$1', three, '$2'}}]}])),
    t:p(ets:lookup(T, 11)),
    t:p(ets:select_delete(T, [{{'_', three, '_'}, [], [true]}])),
    t:p({ets:info(T, size), ets:info(T, fixed)}),
    Parent = self(),
    P = spawn(fun() -> Parent ! {self(), length(ets:match(T, {'$1', '_', '_'}))} end),
    t:p(receive {P, Length} -> Length end),
    t:p(ets:select_delete(T, [{'_', [], [true]}])),
    t:p(ets:info(T, size)).

bags() ->
    B = ets:new(b, [bag]), D = ets:new(d, [duplicate_bag]),
    [ets:insert(T, O) || T <- [B, D], O <- [{k, 1}, {k, 2}, {j, 1}, {k, 1}, {k, 3}]],
    [begin
         t:p(ets:lookup(T, k)), t:p(ets:lookup_element(T, k, 2)),
         t:p(ets:take(T, j)), t:p(ets:member(T, j)),
         ets:delete_object(T, {k, 1}), t:p(ets:lookup(T, k)), t:p(ets:insert_new(T, {k, 9})), t:p(ets:insert_new(T, [{n, 1}, {n, 2}])), t:p(lists:sort(ets:lookup(T, n))),
         t:p(ets:insert_new(T, [{m, 1}, {n, 1}])), t:p(ets:lookup(T, m)), t:p(lists:sort(ets:match(T, {k, '$1'})))
     end || T <- [B, D]].

replace() ->
    T = ets:new(t, [ordered_set]),
    ets:insert(T, [{{k, I}, I, []} || I <- lists:seq(1, 5)]),
    t:p(ets:select_replace(T, [{{{k, '$1'}, '$2', '_'}, [{'>', '$2', 2}], [{{{{k, '$1'}}, {'*', '$2', 10}, "new"}}]}])),
    t:p(ets:tab2list(T)),
    t:e("key", fun() -> ets:select_replace(T, [{{'$1', '$2', '_'}, [], [{{'$2', '$1', x}}]}]) end),
    t:e("shape", fun() -> ets:select_replace(T, [{{'$1', '$2', '_'}, [], ['$1']}]) end).

%% Terms of every kind survive the way in and out.
contents() ->
    T = ets:new(t, [{keypos, 2}]),
    Big = binary:copy(<<"0123456789">>, 20), R = make_ref(), Self = self(),
    Terms = [1, 1 bsl 100, -(1 bsl 70), 1.5, "text", <<"short">>, Big, binary:part(Big, 3, 150), <<5:3>>, {nested, {[a | b], []}},
             #{a => #{b => [1, 2]}}, maps:from_list([{I, {I}} || I <- lists:seq(1, 60)]), R, Self, fun lists:map/2, fun() -> Self end, [], {}],
    ets:insert(T, [{V, I, [V, V]} || {I, V} <- lists:zip(lists:seq(1, length(Terms)), Terms)]),
    t:p([ets:lookup(T, I) =:= [{V, I, [V, V]}] || {I, V} <- lists:zip(lists:seq(1, length(Terms)), Terms)]),
    erlang:garbage_collect(),
    t:p([ets:lookup_element(T, I, 1) =:= V || {I, V} <- lists:zip(lists:seq(1, length(Terms)), Terms)]),
    t:p(length(ets:select(T, [{{'$1', '_', ['$1', '$1']}, [], ['$$']}]))),
    t:p([ets:select(T, [{{'$1', 7, '_'}, [], [{binary_part, '$1', 2, 5}]}]), ets:select(T, [{{'$1', 10, '_'}, [], [{hd, {element, 1, {element, 2, '$1'}}}]}]),
         ets:select(T, [{{#{a => '$1'}, '_', '_'}, [], [#{got => '$1'}]}]), ets:select(T, [{{'$1', 2, '_'}, [], [{{'$1', {const, {x, "y"}}, {'+', '$1', 1.0}}}]}])]),
    erlang:garbage_collect(),
    S = ets:new(s, [ordered_set]), ets:insert(S, [{V} || V <- Terms, not is_function(V), V =/= R]),
    t:p([ets:member(S, V) || V <- Terms, not is_function(V), V =/= R]),
    t:p([ets:info(ets:new(x, O), decentralized_counters) || O <- [[], [{decentralized_counters, true}], [private, {write_concurrency, auto}], [public, {write_concurrency, true}]]]).

numbers() ->
    S = ets:new(s, []), O = ets:new(o, [ordered_set]),
    [ets:insert(T, [{1, int}, {1.0, float}, {0.0, zero}, {1 bsl 64, big}, {float(1 bsl 64), bigfloat}]) || T <- [S, O]],
    t:p([{ets:info(T, size), ets:lookup(T, 1), ets:lookup(T, 1.0), ets:lookup(T, 1 bsl 64)} || T <- [S, O]]),
    t:p([lists:sort(ets:match_object(T, {1, '_'})) || T <- [S, O]]),
    t:p(ets:update_counter(S, c, [{2, 5}, {2, -20, -3, 100}, {3, 1 bsl 62}], {c, 0, 0})),
    t:p(ets:lookup(S, c)),
    t:p([ets:update_element(S, c, [{2, {a, "b"}}, {3, x}]), ets:lookup(S, c), ets:update_element(S, nokey, {2, 1})]).

concurrent() ->
    [begin
         T = ets:new(t, [Type, public, {write_concurrency, W}, {read_concurrency, true}]),
         Me = self(),
         Ps = [spawn_monitor(fun() -> work(T, P, 3000) end) || P <- lists:seq(1, 4)],
         Reader = spawn(fun() -> pairs(T, Me, 0) end),
         [ets:insert(T, [{left, I}, {right, I}]) || I <- lists:seq(1, 3000)],
         [receive {'DOWN', R, _, _, Why} -> t:p(Why) end || {_, R} <- Ps],
         Reader ! stop, t:p(receive {pairs, Broken} -> Broken end),
         t:p({Type, W, ets:info(T, size), ets:lookup_element(T, sum, 2), ets:lookup(T, left)}),
         ets:delete(T)
     end || Type <- [set, ordered_set], W <- [false, true, auto]].

work(_, _, 0) -> normal;
work(T, P, N) ->
    ets:insert(T, {{P, N rem 200}, N, lists:seq(1, N rem 5)}),
    [{_, N, _}] = ets:lookup(T, {P, N rem 200}),
    ets:update_counter(T, sum, 1, {sum, 0}),
    N rem 7 =:= 0 andalso ets:delete(T, {P, N rem 200}),
    work(T, P, N - 1).

%% Both are inserted in one step: who sees the new `right` must not see an older `left` afterwards.
pairs(T, To, Broken) ->
    receive stop -> To ! {pairs, Broken}
    after 0 ->
        case {ets:lookup(T, right), ets:lookup(T, left)} of
            {[{_, R}], [{_, L}]} when L < R -> pairs(T, To, Broken + 1);
            _ -> pairs(T, To, Broken)
        end
    end.
