%% Hashing and comparing terms of many kinds.
-module(term_order).
-export([run/0]).

run() ->
    Ts = [{I, [I, "s"], #{I => x}, <<I:64>>, I / 3, I bsl 65} || I <- lists:seq(1, 1500)],
    loop(1500, Ts, 0).

loop(0, _, A) -> A;
loop(N, Ts, A) ->
    H = lists:foldl(fun(T, X) -> (X + erlang:phash2(T)) band 16#FFFFFF end, 0, Ts),
    C = compare(Ts, tl(Ts), 0),
    loop(N - 1, lists:reverse(Ts), (A + H + C) band 16#FFFFFF).

compare([A | As], [B | Bs], N) -> compare(As, Bs, if A < B -> N + 1; A =:= B -> N; true -> N + 2 end);
compare(_, [], N) -> N.
