%% Monitors of a process that sleeps: it counts them all when asked, and tells all when it ends, however many came and went.
-module(monitors_of_sleepers).
-export([main/0]).

main() ->
    P = spawn(fun() -> receive stop -> exit(stopped) end end),
    Refs = [monitor(process, P) || _ <- lists:seq(1, 1000)],
    t:p(monitored(P)),
    {Gone, Kept} = lists:split(700, Refs),
    t:p(lists:all(fun(R) -> demonitor(R, [flush, info]) end, Gone)),
    t:p(monitored(P)),
    [begin R = monitor(process, P), demonitor(R) end || _ <- lists:seq(1, 5000)],
    t:p(monitored(P)),
    t:p(process_info(P, [message_queue_len, status])),
    P ! other, P ! stop,
    t:p(lists:usort([receive {'DOWN', R, process, P, Why} -> Why end || R <- Kept])),
    %% Monitored and told to stop at once, from many sides.
    Q = spawn(fun() -> receive stop -> exit(again) end end),
    Me = self(),
    Others = [spawn(fun() ->
                            R = monitor(process, Q), Me ! {ready, self()},
                            receive {'DOWN', R, process, Q, Why} -> Me ! {self(), Why} end
                    end) || _ <- lists:seq(1, 50)],
    [receive {ready, O} -> ok end || O <- Others],
    Q ! stop,
    t:p(lists:usort([receive {O, Why} -> Why end || O <- Others])),
    t:p(receive Left -> Left after 0 -> none end).

monitored(P) ->
    {monitored_by, By} = process_info(P, monitored_by),
    {length(By), lists:usort(By) =:= [self()]}.
