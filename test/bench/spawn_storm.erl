%% Processes: many short lives.
-module(spawn_storm).
-export([run/0]).

run() -> waves(30, 0).

waves(0, A) -> A;
waves(N, A) ->
    Self = self(),
    [spawn(fun() -> Self ! I * 2 end) || I <- lists:seq(1, 10000)],
    waves(N - 1, A + collect(10000, 0)).

collect(0, A) -> A;
collect(N, A) -> receive X -> collect(N - 1, A + X) end.
