%% time: 120
%% flags: +P 2000000
%% A million processes alive at once.
-module(million_processes).
-export([main/0]).

main() ->
    S = self(),
    Pids = [spawn(fun() -> receive go -> S ! 1 end end) || _ <- lists:seq(1, 1000000)],
    t:p(erlang:system_info(process_count) >= 1000000),
    [P ! go || P <- Pids],
    t:p(collect(1000000, 0)).

collect(0, A) -> A;
collect(N, A) -> receive X -> collect(N - 1, A + X) end.
