%% Processes: two processes in turn.
-module(ping_pong).
-export([run/0]).

run() ->
    P = spawn(fun pong/0),
    R = ping(500000, P, 0),
    P ! stop,
    R.

ping(0, _, A) -> A;
ping(N, P, A) -> P ! {self(), N}, receive {P, M} -> ping(N - 1, P, A + M band 3) end.

pong() -> receive {From, N} -> From ! {self(), N}, pong(); stop -> ok end.
