-module(busy_ports).
-export([main/0]).

%% Who writes to a port that is busy is suspended, and the system monitor hears of it.
main() ->
    process_flag(trap_exit, true),
    erlang:system_monitor(self(), [busy_port]),
    P = open_port({spawn, "sleep 1"}, []), Data = binary:copy(<<"x">>, 100000), S = self(),
    true = port_command(P, Data),
    W = spawn(fun() -> P ! {S, {command, Data}}, S ! sent end),
    t:p(receive {monitor, W, busy_port, P} -> monitored after 500 -> no_message end),
    t:wait_until(fun() -> process_info(W, status) =:= {status, suspended} end), t:p(process_info(W, [status, message_queue_len])),
    W ! hello, t:p(process_info(W, [status, message_queue_len])), t:p(erlang:send(P, {S, {command, Data}}, [nosuspend])),
    t:p(port_command(P, "more", [nosuspend])),
    %% One that is killed while it waits.
    {K, R} = spawn_monitor(fun() -> port_command(P, Data) end), t:wait_until(fun() -> process_info(K, status) =:= {status, suspended} end),
    exit(K, kill), t:p(receive {'DOWN', R, _, _, Why} -> Why after 500 -> alive end),
    %% The port's end lets all go on.
    {E, RE} = spawn_monitor(fun() -> port_command(P, Data) end), t:wait_until(fun() -> process_info(E, status) =:= {status, suspended} end),
    exit(P, kill), t:p(receive sent -> sent after 2000 -> suspended end),
    t:p(receive {'DOWN', RE, _, _, {Error, _}} -> Error after 2000 -> alive end).
