%% Calls: deep recursion.
-module(ackermann).
-export([run/0]).

run() -> [ack(2, 2000), ack(3, 10), ack(3, 10)].

ack(0, N) -> N + 1;
ack(M, 0) -> ack(M - 1, 1);
ack(M, N) -> ack(M - 1, ack(M, N - 1)).
