-module(dirty_waits).
%% time: 30
-export([main/0]).

%% A process that waits on a dirty scheduler still handles its signals.
main() ->
    Me = self(),
    P = spawn(fun() -> erts_debug:dirty_io(wait, 3000) end),
    wait_until(fun() -> process_info(P, [current_function, status]) =:=
                            [{current_function, {erts_debug, dirty_io, 2}}, {status, running}] end),
    Start = erlang:monotonic_time(millisecond),
    io:format("~p~n", [process_info(P, [trap_exit, priority, message_queue_len])]),
    io:format("~p~n", [group_leader(whereis(init), P)]),
    io:format("~p~n", [process_info(P, group_leader) =:= {group_leader, whereis(init)}]),
    link(P),
    unlink(P),
    M = monitor(process, P),
    io:format("~p~n", [process_info(P, monitored_by) =:= {monitored_by, [Me]}]),
    P ! hello,
    io:format("~p~n", [process_info(P, messages)]),
    io:format("~p~n", [erlang:check_process_code(P, ?MODULE)]),
    exit(P, stop),
    io:format("~p~n", [receive {'DOWN', M, process, P, Why} -> Why end]),
    io:format("~p ~p~n", [process_info(P), is_process_alive(P)]),
    Took = erlang:monotonic_time(millisecond) - Start,
    io:format("~p~n", [Took < 2000 orelse Took]),
    %% Its binaries stay until the function has returned.
    Bin = binary:copy(<<"x">>, 1000),
    {Q, QM} = spawn_monitor(fun() -> erts_debug:dirty_cpu(alive_waitexiting, Me), byte_size(Bin) end),
    receive {alive, Q} -> ok end,
    io:format("~p~n", [references()]),
    exit(Q, gone),
    io:format("~p~n", [receive {'DOWN', QM, process, Q, QWhy} -> QWhy end]),
    io:format("~p~n", [references()]),
    wait_until(fun() -> references() =:= [1] end),
    %% Many at once, killed at random.
    Many = [spawn_monitor(fun() -> erts_debug:dirty_io(wait, 20 + I rem 7), exit(over) end) || I <- lists:seq(1, 200)],
    [exit(X, kill) || {I, {X, _}} <- lists:zip(lists:seq(1, 200), Many), I rem 2 =:= 0],
    io:format("~p~n", [lists:usort([receive {'DOWN', Ref, process, X, R} -> R end || {X, Ref} <- Many])]),
    io:format("~p~n", [byte_size(Bin)]),
    [io:format("~p~n", [try erts_debug:dirty(K, error, V) catch C:E:S -> {C, E, [element(2, hd(S)), element(3, hd(S))]} end])
     || K <- [normal, dirty_cpu, dirty_io], V <- [undef, "no"]],
    io:format("~p ~p~n", [erts_debug:dirty_cpu(reschedule, 10), erts_debug:dirty_io(scheduler, type)]).

references() ->
    {binary, L} = process_info(self(), binary),
    [N || {_, 1000, N} <- L].

wait_until(F) ->
    case F() of
        true -> ok;
        false -> timer:sleep(10), wait_until(F)
    end.
