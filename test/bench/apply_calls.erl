%% Calls: apply, M:F(A), external funs.
-module(apply_calls).
-export([run/0]).

run() -> loop(5000000, lists, fun erlang:max/2, 0).

loop(0, _, _, A) -> A;
loop(N, M, F, A) ->
    L = M:reverse([N, A]),
    X = apply(M, nth, [2, L]),
    loop(N - 1, M, F, F(X, N) band 16#FFFF).
