-module(maps_large).
-export([main/0]).

main() ->
    [check(N) || N <- [31, 32, 33, 34, 100, 1000, 3000]],
    M = maps:from_list([{I, I * I} || I <- lists:seq(1, 1200)]),
    t:p(lists:foldl(fun(I, Acc) -> maps:remove(I, Acc) end, M, lists:seq(2, 1200)) =:= #{1 => 1}),
    t:p(map_size(lists:foldl(fun(I, Acc) -> maps:remove(I, Acc) end, M, lists:seq(100, 1000)))),
    t:p(maps:get(1111, M)), t:p(maps:get(0, M, none)),
    t:p(map_size(M#{1 => x, 2 := y, new => z})),
    t:e("badkey", fun() -> M#{absent := 1} end),
    #{77 := V77, 78 := V78} = M, t:p({V77, V78}),
    t:p(map_size(maps:merge(M, maps:from_list([{I, x} || I <- lists:seq(1000, 1700)])))),
    t:p(lists:sum(maps:values(M))), t:p(lists:sum(maps:keys(M))),
    t:p(maps:fold(fun(K, V, A) -> K + V + A end, 0, M)),
    t:p(M =:= maps:from_list(lists:reverse(maps:to_list(M)))),
    t:p(M == maps:map(fun(_, V) -> float(V) end, M)),
    t:p(map_size(maps:filter(fun(K, _) -> K rem 3 =:= 0 end, M))),
    Keys = [{a, I} || I <- lists:seq(1, 200)] ++ ["s" ++ integer_to_list(I) || I <- lists:seq(1, 200)] ++
        [float(I) || I <- lists:seq(1, 200)] ++ [<<I:32>> || I <- lists:seq(1, 200)] ++
        [I bsl 64 || I <- lists:seq(1, 200)] ++ [list_to_atom("k" ++ integer_to_list(I)) || I <- lists:seq(1, 200)],
    Mixed = maps:from_list([{K, K} || K <- Keys]),
    t:p(map_size(Mixed)), t:p(lists:all(fun(K) -> maps:get(K, Mixed) =:= K end, Keys)),
    t:p(lists:sort(maps:keys(Mixed)) =:= lists:sort(Keys)),
    t:p(erlang:phash2(M)), t:p(erlang:phash2(maps:from_list([{I, []} || I <- lists:seq(1, 40)]))),
    t:p(maps:from_list([{I, []} || I <- lists:seq(1, 40)]) < maps:from_list([{I, []} || I <- lists:seq(2, 41)])),
    t:p(lists:sort(iterate(maps:next(maps:iterator(M)))) =:= lists:sort(maps:to_list(M))),
    t:p(lists:sum([maps:get({x, I}, maps:from_keys([{x, J} || J <- lists:seq(1, 50)], 2)) || I <- lists:seq(1, 50)])),
    t:p(ungrow(M, 1200)).

check(N) ->
    L = [{{k, I}, I} || I <- lists:seq(1, N)],
    M = lists:foldl(fun({K, V}, Acc) -> Acc#{K => V} end, #{}, L),
    M = maps:from_list(L),
    N = map_size(M),
    N = length(maps:keys(M)),
    L = lists:sort(maps:to_list(M)),
    {N, _} = maps:take({k, N}, M),
    io:format("~w ok~n", [N]).

iterate(none) -> [];
iterate({K, V, Next}) -> [{K, V} | iterate(maps:next(Next))].

ungrow(M, 0) -> map_size(M);
ungrow(M, I) ->
    M1 = maps:remove(I, M),
    I = map_size(M1) + 1,
    ungrow(M1, I - 1).
