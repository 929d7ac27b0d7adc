%% Processes: many senders, one receiver.
-module(fan_in).
-export([run/0]).

run() ->
    Self = self(),
    [spawn(fun() -> send(12500, I, Self) end) || I <- lists:seq(1, 64)],
    collect(64 * 12500, 0).

send(0, _, _) -> ok;
send(N, I, To) -> To ! {I, N}, send(N - 1, I, To).

collect(0, A) -> A;
collect(N, A) -> receive {I, M} -> collect(N - 1, A + I * M band 7) end.
