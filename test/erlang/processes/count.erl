%% Who has ended is not counted when others hear of it.
-module(count).
-export([main/0]).

main() ->
    Before = erlang:system_info(process_count),
    t:p([round_of(N, Before) || N <- [1, 10, 1000, 1, 20, 3000]]).

round_of(N, Before) ->
    Pids = [element(1, spawn_monitor(fun() -> receive after infinity -> ok end end)) || _ <- lists:seq(1, N)],
    Running = erlang:system_info(process_count) - Before,
    [exit(P, kill) || P <- Pids],
    [receive {'DOWN', _, process, P, killed} -> ok end || P <- Pids],
    {Running, erlang:system_info(process_count) - Before, length(processes()) - Before}.
