%% What ports do, and are asked to, as their tracer hears of it.
-module(port_events).
-export([main/0]).

main() ->
    Me = self(),
    Tracer = spawn(fun() -> collect([]) end),
    Flags = [ports, send, 'receive', {tracer, Tracer}],
    erlang:trace(new_ports, true, Flags),
    P = open_port({spawn, "cat"}, [stream, binary]),
    erlang:trace(new_ports, false, Flags),
    io:format("~p~n", [erlang:trace_info(P, flags)]),
    port_command(P, "hello\n"), receive {P, {data, _}} -> ok end,
    P ! {self(), {command, [<<"b">>, "ar\n"]}}, receive {P, {data, _}} -> ok end,
    register(a_port, P), unregister(a_port), register(a_port, P),
    unlink(P), link(P),
    C = spawn(fun() -> link(P), unlink(P), link(P), Me ! linked, receive stop -> ok end end),
    receive linked -> ok end,
    D = spawn(fun() -> receive stop -> ok end end),
    port_connect(P, D), catch port_connect(P, Me),
    catch port_control(P, 1, "x"),
    P ! {self(), {connect, self()}}, receive {P, connected} -> ok end,
    erlang:port_info(P),
    P ! {self(), close}, receive {P, closed} -> ok end,
    Q = open_port({spawn, "sh -c \"read x; exit 3\""}, [exit_status]), 1 = erlang:trace(Q, true, Flags),
    port_command(Q, "\n"), receive {Q, {exit_status, 3}} -> ok end, gone(Q),
    R = open_port({spawn, "cat"}, []), 1 = erlang:trace(R, true, Flags), port_close(R), gone(R),
    S = open_port({spawn, "cat"}, []), 1 = erlang:trace(S, true, Flags), unlink(S), exit(S, bye), gone(S),
    Tracer ! {get, self()},
    Names = [{P, p}, {Q, q}, {R, r}, {S, s}, {Me, me}, {C, c}, {D, d}],
    receive {events, L} -> [io:format("~p~n", [plain(X, Names)]) || X <- L, not forked(X)] end.

gone(Port) -> M = monitor(port, Port), receive {'DOWN', M, port, _, _} -> ok end.
collect(A) -> receive {get, P} -> P ! {events, lists:reverse(A)}; X -> collect([X | A]) end.
%% What the helper that starts programs is told, and tells, is a matter of its own.
forked({trace, _, send, {_, {control, _}}, _}) -> true;
forked({trace, _, 'receive', {_, {control, {N, _}}}}) when N > 1 -> true;
forked(_) -> false.
plain(X, M) when is_pid(X); is_port(X) -> proplists:get_value(X, M, X);
plain(X, M) when is_tuple(X) -> list_to_tuple([plain(E, M) || E <- tuple_to_list(X)]);
plain(X, _) -> X.
