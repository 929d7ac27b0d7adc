%% Dirty schedulers are all there at once, however quickly they get their work.
-module(dirty_together).
-export([main/0]).

main() ->
    All = erlang:system_info(dirty_io_schedulers),
    [together(min(N, All)) || N <- [1, 10, 3, 10, 10]].

%% Each waits in a dirty BIF until it is killed.
together(N) ->
    Self = self(),
    Pids = [spawn(fun() -> erts_debug:dirty_io(alive_waitexiting, Self) end) || _ <- lists:seq(1, N)],
    Alive = length([alive || P <- Pids, receive {alive, P} -> true after 20000 -> false end]),
    Refs = [monitor(process, P) || P <- Pids],
    [exit(P, kill) || P <- Pids],
    t:p({N, Alive, [receive {'DOWN', R, process, _, Reason} -> Reason end || R <- Refs]}).
