-module(port_objects).
-export([main/0]).

%% What processes do to ports, on ports of standard error that nothing is written to.
open() -> open_port({fd, 2, 2}, [out, binary]).

next() -> receive X -> X after 500 -> nothing end.
%% A message without what is new in every run.
shape({'EXIT', P, R}) when is_port(P) -> {'EXIT', port, R};
shape({'DOWN', _, T, P, R}) when is_port(P) -> {'DOWN', T, port, R};
shape({'DOWN', _, T, {N, _}, R}) -> {'DOWN', T, N, R};
shape({P, X}) when is_port(P) -> {port, X};
shape(X) -> X.
all() -> receive X -> [shape(X) | all()] after 50 -> [] end.

main() ->
    process_flag(trap_exit, true),
    P = open(),
    t:p([is_port(P), lists:member(P, erlang:ports()), lists:member(P, element(2, process_info(self(), links)))]),
    t:p([case erlang:port_info(P, K) of {K, V} when V =:= self() -> {K, self}; {K, [V]} when V =:= self() -> {K, [self]}; V -> V end
         || K <- [name, connected, links, input, output, os_pid, registered_name, monitors, monitored_by, queue_size, parallelism, locking]]),
    {id, Id} = erlang:port_info(P, id), t:p(Id =:= 8 * list_to_integer(lists:droplast(lists:nthtail(8, port_to_list(P))))),
    t:p([K || {K, _} <- erlang:port_info(P)]),
    t:e("info", fun() -> erlang:port_info(P, nonsense) end), t:p(erlang:port_info(nobody)), t:e("info", fun() -> erlang:port_info(7, name) end),
    %% Names.
    t:p([register(a_port, P), whereis(a_port) =:= P, erlang:port_info(a_port, registered_name), hd(erlang:port_info(P))]),
    t:e("taken", fun() -> register(a_port, P) end), t:e("named", fun() -> register(other, P) end),
    t:p([unregister(a_port), whereis(a_port), erlang:port_info(P, registered_name), register(a_port, P)]),
    %% Data.
    t:p([erlang:port_get_data(P), erlang:port_set_data(a_port, {some, <<"data">>}), erlang:port_get_data(P)]),
    %% Monitors.
    M1 = monitor(port, P), M2 = monitor(port, a_port), M3 = monitor(port, P), t:p(demonitor(M3, [info, flush])),
    t:p([length(element(2, erlang:port_info(P, monitored_by))), [case X of {port, P} -> {port, p}; _ -> X end || X <- lists:sort(element(2, process_info(self(), monitors)))]]),
    t:p(port_close(a_port)),
    L = [next(), next(), next()],
    t:p([lists:member({'EXIT', P, normal}, L), lists:member({'DOWN', M1, port, P, normal}, L), lists:member({'DOWN', M2, port, {a_port, node()}, normal}, L)]),
    t:p([whereis(a_port), erlang:port_info(P), lists:member(P, erlang:ports())]),
    %% A port that is gone.
    t:e("command", fun() -> port_command(P, "x") end), t:e("close", fun() -> port_close(P) end), t:e("control", fun() -> port_control(P, 1, "") end),
    t:e("connect", fun() -> port_connect(P, self()) end), t:e("data", fun() -> erlang:port_get_data(P) end), t:e("set data", fun() -> erlang:port_set_data(P, x) end),
    t:p([P ! x, link(P), unlink(P), exit(P, x)]), monitor(port, P), monitor(port, nobody), t:p(lists:sort(all())),
    %% Ends of all kinds.
    End = fun(F) -> Q = open(), F(Q), R = all(), catch port_close(Q), all(), R end,
    S = self(),
    t:p(End(fun(Q) -> Q ! {S, close} end)), t:p(End(fun(Q) -> Q ! nonsense end)), t:p(End(fun(Q) -> Q ! {S, nonsense} end)),
    t:p(End(fun(Q) -> exit(Q, why) end)), t:p(End(fun(Q) -> exit(Q, kill) end)), t:p(End(fun(Q) -> exit(Q, normal) end)),
    t:p(End(fun(Q) -> spawn(fun() -> Q ! {self(), close} end) end)), t:p(End(fun(Q) -> spawn(fun() -> Q ! {S, close} end) end)),
    t:p(End(fun(Q) -> unlink(Q), Q ! {S, close} end)), t:p(End(fun(Q) -> unlink(Q), exit(Q, kill) end)),
    t:p(End(fun(Q) -> spawn(fun() -> link(Q), exit(linked) end) end)), t:p(End(fun(Q) -> spawn(fun() -> link(Q) end) end)),
    t:p(End(fun(Q) -> spawn(fun() -> exit(Q, normal) end) end)),
    %% The owner's death closes it.
    {O, R} = spawn_monitor(fun() -> register(owned, open()), S ! whereis(owned), receive go -> ok end end),
    Owned = next(), MO = monitor(port, Owned), O ! go,
    Got = [next(), next()], t:p([lists:member({'DOWN', R, process, O, normal}, Got), lists:member({'DOWN', MO, port, Owned, normal}, Got), whereis(owned)]),
    %% Another owner.
    C = open(), Other = spawn(fun() -> receive die -> exit(died) end end),
    t:p([port_connect(C, Other), erlang:port_info(C, connected) =:= {connected, Other}, length(element(2, erlang:port_info(C, links)))]),
    t:p(element(2, process_info(Other, links)) =:= [C]), Other ! die, t:p(all()),
    D = open(), D ! {self(), {connect, spawn(fun() -> receive die -> ok end end)}}, t:p(all()), t:p(length(element(2, erlang:port_info(D, links)))),
    D ! {self(), close}, t:p(all()),
    %% Wrong arguments.
    E = open(), t:e("data", fun() -> port_command(E, t:id(a)) end), t:e("option", fun() -> port_command(E, "", [t:id(x)]) end),
    t:e("force", fun() -> port_command(E, "", [force]) end), t:p(port_command(E, "", [nosuspend])),
    t:e("control", fun() -> port_control(E, 1, "") end), t:e("control", fun() -> port_control(E, t:id(-1), "") end),
    t:e("call", fun() -> erlang:port_call(E, 1, x) end), t:e("connect", fun() -> port_connect(E, t:id(x)) end), port_close(E), all(),
    [t:e("open", fun() -> open_port(N, O1) end) ||
        {N, O1} <- [{{fd, 0}, []}, {{fd, -1, 2}, []}, {{fd, 0, a}, []}, {{fd, 2, 2}, [nonsense]}, {{fd, 2, 2}, [{packet, 3}]}, {{fd, 2, 2}, [{line, 0}]}, {{fd, 2, 2}, x},
                    {{fd, 2, 2}, [{packet, 2}, {line, 4}]}, {{fd, 2, 2}, [{args, []}]}, {{fd, 2, 2}, [{busy_limits_port, {0, 1}}]}, {{spawn_driver, "nonsense"}, []},
                    {{spawn, ""}, []}, {nonsense, x}, {{spawn, "a\0b"}, []}, {{spawn, "true"}, [{args, []}]}]].
