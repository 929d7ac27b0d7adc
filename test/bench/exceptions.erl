%% Exceptions: throw, error and catch, shallow and deep.
-module(exceptions).
-export([run/0]).

run() -> loop(1200000, 0).

loop(0, Acc) -> Acc;
loop(N, Acc) ->
    A = try depth(N rem 8, N) catch throw:X -> X; error:{bad, X} -> X end,
    B = case catch fail(N) of {'EXIT', _} -> 1; V -> V end,
    C = try N catch _:_ -> 0 after ok end,
    loop(N - 1, (Acc + A + B + C) band 16#FFFFFF).

depth(0, N) when N rem 2 =:= 0 -> throw(N);
depth(0, N) -> error({bad, N});
depth(D, N) -> 1 + depth(D - 1, N).

fail(N) when N rem 4 =:= 0 -> exit(x);
fail(N) -> N.
