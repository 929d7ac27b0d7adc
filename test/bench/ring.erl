%% Processes: a token around a ring.
-module(ring).
-export([run/0]).

run() ->
    Self = self(),
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> forward(Next) end) end, Self, lists:seq(1, 1000)),
    R = rounds(500, First),
    First ! stop,
    receive stop -> R end.

rounds(0, _) -> done;
rounds(N, First) -> First ! N, receive N -> rounds(N - 1, First) end.

forward(Next) -> receive stop -> Next ! stop; N -> Next ! N, forward(Next) end.
