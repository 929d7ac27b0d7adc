%% Funs: creation, calls, composition.
-module(closures).
-export([run/0]).

run() -> loop(2500000, fun(X) -> X + 1 end, 0).

loop(0, _, Acc) -> Acc;
loop(N, F, Acc) ->
    G = fun(X) -> F(X) + N end,
    H = compose(F, G),
    loop(N - 1, F, H(Acc) band 16#FFFFFF).

compose(F, G) -> fun(X) -> F(G(X)) end.
