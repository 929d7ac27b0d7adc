%% Arithmetic: small integers in a tail-recursive loop.
-module(arith_loop).
-export([run/0]).

run() -> loop(60000000, 1, 0).

loop(0, _, Acc) -> Acc;
loop(N, X, Acc) -> loop(N - 1, (X * 1103 + 12345) band 16#FFFFFF, (Acc + (X bsr 3) - (X rem 7)) band 16#FFFFFFF).
