%% time: 60
%% A ring of 100,000 processes.
-module(ring_100000).
-export([main/0]).

main() ->
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> forward(Next) end) end, self(), lists:seq(1, 100000)),
    t:p([begin First ! {token, 0}, receive {token, N} -> N end end || _ <- lists:seq(1, 3)]),
    First ! stop, t:p(receive stop -> stopped end).

forward(Next) -> receive {token, N} -> Next ! {token, N + 1}, forward(Next); stop -> Next ! stop end.
