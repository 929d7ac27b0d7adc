%% time: 60
%% Processes that die at any moment while others monitor, link, send and spawn.
-module(monitors_and_kills).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    t:p(lists:sum([round() || _ <- lists:seq(1, 100)])),
    t:p(receive {'DOWN', _, _, _, _} = D -> D after 0 -> none end).

round() ->
    Ps = [spawn_link(fun() -> busy(N) end) || N <- lists:seq(1, 50)],
    Rs = [monitor(process, P) || P <- Ps],
    [P ! {peers, Ps} || P <- Ps],
    [exit(P, kill) || P <- Ps],
    Downs = length([ok || R <- Rs, receive {'DOWN', R, process, _, killed} -> true end]),
    Exits = length([ok || P <- Ps, receive {'EXIT', P, killed} -> true end]),
    Downs + Exits.

busy(N) ->
    receive {peers, Ps} -> [P ! {hello, self(), N} || P <- Ps] after 0 -> ok end,
    R = monitor(process, spawn(fun() -> lists:seq(1, N * 10) end)),
    receive {'DOWN', R, _, _, _} -> busy(N) end.
