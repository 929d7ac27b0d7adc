-module(urgent_requests).
%% time: 20
-export([main/0]).

%% A process of low priority answers one of highest priority though others of high priority use up all time.
main() ->
    Low = spawn_opt(fun() -> count(0) end, [{priority, low}]),
    Waiting = spawn_opt(fun() -> receive stop -> ok end end, [{priority, low}]),
    process_flag(priority, max),
    Hogs = [spawn_opt(fun() -> count(0) end, [{priority, high}])
            || _ <- lists:seq(1, 2 * erlang:system_info(schedulers_online))],
    timer:sleep(50),
    Leader = whereis(init),
    Answers = [begin
                   Priority = process_info(P, priority),
                   erlang:demonitor(erlang:monitor(process, P)),
                   true = erlang:group_leader(Leader, P),
                   {Priority, process_info(P, group_leader) =:= {group_leader, Leader}, is_process_alive(P),
                    garbage_collect(P), erlang:check_process_code(P, ?MODULE)}
               end || P <- [Low, Waiting]],
    [exit(P, kill) || P <- [Low, Waiting | Hogs]],
    io:format("~p~n", [Answers]),
    bound().

count(N) -> count(N + 1).

%% A process that is bound to a scheduler runs nowhere else.
bound() ->
    N = erlang:system_info(schedulers_online),
    Me = self(),
    Pids = [spawn_opt(fun() -> Me ! {self(), [on(I) || _ <- lists:seq(1, 100)]} end, [{scheduler, I}])
            || I <- lists:seq(1, N)],
    io:format("~p~n", [lists:usort(lists:append([receive {P, L} -> L end || P <- Pids]))]),
    {P, M} = spawn_monitor(fun() ->
        0 = process_flag(scheduler, 1),
        [begin
             Old = process_flag(scheduler, I),
             I = erlang:system_info(scheduler_id),
             Old
         end || _ <- lists:seq(1, 20), I <- lists:seq(1, N)],
        N = process_flag(scheduler, 0),
        exit(done)
    end),
    io:format("~p~n", [receive {'DOWN', M, process, P, Why} -> Why end]),
    io:format("~p~n", [catch process_flag(scheduler, 100000)]),
    io:format("~p~n", [catch process_flag(scheduler, -1)]),
    io:format("~p~n", [try spawn_opt(fun() -> ok end, [{scheduler, 100000}]) catch C:E -> {C, E} end]).

on(I) ->
    lists:sum(lists:seq(1, 30)),
    erlang:system_info(scheduler_id) =:= I.
