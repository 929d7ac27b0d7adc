%% time: 60
%% One endless loop per scheduler does not hold up another process's timer.
-module(timers_beside_loops).
-export([main/0]).

main() ->
    Loops = [spawn(fun loop/0) || _ <- lists:seq(1, erlang:system_info(schedulers_online))],
    Late = [begin
                T0 = erlang:monotonic_time(microsecond),
                receive after 20 -> ok end,
                erlang:monotonic_time(microsecond) - T0 - 20000
            end || _ <- lists:seq(1, 50)],
    [exit(P, kill) || P <- Loops],
    t:p(lists:nth(45, lists:sort(Late)) < 50000).

loop() -> loop().
