-module(maps_small).
-export([main/0]).

main() ->
    M = t:id(#{a => 1, b => 2, 3 => c}),
    t:p(t:sorted(M)), t:p(map_size(M)), t:p(M),
    t:p(t:sorted(M#{a := 10, d => 4})), t:p(t:sorted(M#{c => x, a => y})),
    #{a := A, 3 := C} = M, t:p({A, C}),
    t:e("badkey", fun() -> M#{x := 1} end),
    t:e("badkey get", fun() -> map_get(x, M) end), t:e("badkey maps:get", fun() -> maps:get(x, M) end),
    t:e("badmap", fun() -> (t:id(a))#{x => 1} end), t:e("badmap :=", fun() -> (t:id([]))#{x := 1} end),
    t:e("map_size", fun() -> map_size(t:id(a)) end), t:e("map_get", fun() -> map_get(a, t:id(x)) end),
    t:e("is_map_key", fun() -> is_map_key(a, t:id(x)) end),
    t:p([is_map_key(a, M), is_map_key(z, M)]),
    t:p([match(X) || X <- [#{}, #{a => 1}, #{a => 2}, #{a => 1, b => 2}, #{b => 1}, #{"s" => 1}, #{{t, 1} => 5}, x]]),
    t:p([guard(X) || X <- [#{}, #{k => 5}, #{k => 50}, a]]),
    K = t:id(key), t:p(#{K => 1}), #{K := V} = #{K => val}, t:p(V),
    t:p(maps:get(a, M)), t:p(maps:get(zz, M, default)), t:p(maps:find(a, M)), t:p(maps:find(zz, M)),
    t:p(t:sorted(maps:put(z, 1, M))), t:p(t:sorted(maps:remove(a, M))), t:p(maps:take(a, #{a => 1})),
    t:p(maps:take(q, #{a => 1})), t:p(lists:sort(maps:keys(M))), t:p(lists:sort(maps:values(#{x => 1, y => 2}))),
    t:p(maps:from_list([{a, 1}, {b, 2}, {a, 3}])), t:p(t:sorted(maps:merge(M, #{a => new, q => 1}))),
    t:p(maps:update(a, 5, #{a => 1})), t:e("update", fun() -> maps:update(b, 5, #{a => 1}) end),
    t:p(maps:fold(fun(_, X, Acc) -> X + Acc end, 0, #{a => 1, b => 2})),
    t:p(maps:map(fun(_, X) -> X * 2 end, #{a => 1, b => 2})),
    t:p(maps:filter(fun(_, X) -> X > 1 end, #{a => 1, b => 2})),
    t:p(maps:from_keys([a, b, c], 0)),
    t:e("from_list", fun() -> maps:from_list([a]) end), t:e("from_list", fun() -> maps:from_list([{a, 1} | b]) end),
    t:e("merge", fun() -> maps:merge(a, #{}) end), t:e("keys", fun() -> maps:keys([]) end),
    t:e("put", fun() -> maps:put(a, b, c) end), t:e("find", fun() -> maps:find(a, b) end),
    t:p([#{1 => a} =:= #{1.0 => a}, #{1 => a} == #{1.0 => a}, #{a => 1} == #{a => 1.0}, #{a => 1} =:= #{a => 1.0}]),
    t:p(#{1 => int, 1.0 => float}), t:p(map_size(#{1 => int, 1.0 => float})),
    t:p(#{{1, [2]} => #{"nested" => <<"map">>}}),
    t:p(erlang:phash2(#{a => 1, b => 2})),
    t:p(iterate(maps:next(maps:iterator(#{a => 1, b => 2, c => 3})), [])),
    t:p(#{a => t:id(1), a => t:id(2)}),
    t:p(M =:= maps:put(a, 1, M)).

match(#{a := 1, b := B}) -> {ab, B};
match(#{a := 1}) -> a1;
match(#{a := _}) -> a;
match(#{"s" := S}) -> {s, S};
match(#{{t, 1} := X}) -> {t, X};
match(#{}) -> map;
match(_) -> other.

guard(M) when map_get(k, M) > 10 -> big;
guard(M) when is_map_key(k, M) -> small;
guard(M) when map_size(M) =:= 0 -> empty;
guard(_) -> none.

iterate(none, Acc) -> lists:sort(Acc);
iterate({K, V, Next}, Acc) -> iterate(maps:next(Next), [{K, V} | Acc]).
