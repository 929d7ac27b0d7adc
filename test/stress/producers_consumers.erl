%% time: 120
%% 8 producers and 8 consumers, ten million messages: none lost, none out of order for a pair.
-module(producers_consumers).
-export([main/0]).

main() ->
    S = self(), Each = 10000000 div 64,
    Consumers = [spawn(fun() -> S ! {done, consume(#{}, Each * 8)} end) || _ <- lists:seq(1, 8)],
    [spawn(fun() -> produce(I, Consumers, 1, Each) end) || I <- lists:seq(1, 8)],
    t:p(lists:sum([receive {done, N} -> N end || _ <- Consumers])).

produce(_, _, N, Max) when N > Max -> ok;
produce(I, Cs, N, Max) -> [C ! {I, N} || C <- Cs], produce(I, Cs, N + 1, Max).

consume(Last, 0) -> lists:sum(maps:values(Last));
consume(Last, Left) ->
    receive
        {I, N} ->
            Expected = maps:get(I, Last, 0) + 1,
            N = Expected,
            consume(Last#{I => N}, Left - 1)
    end.
