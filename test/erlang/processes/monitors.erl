-module(monitors).
-export([main/0]).

main() ->
    P1 = spawn(fun() -> receive stop -> exit(reason1) end end), R1 = monitor(process, P1), P1 ! stop, t:p(next() =:= {'DOWN', R1, process, P1, reason1}),
    R2 = monitor(process, P1), t:p(next() =:= {'DOWN', R2, process, P1, noproc}),
    R3 = monitor(process, no_such_name), t:p(next() =:= {'DOWN', R3, process, {no_such_name, node()}, noproc}),
    register(named, P4 = spawn(fun() -> receive stop -> ok end end)), R4 = monitor(process, named), P4 ! stop,
    t:p(next() =:= {'DOWN', R4, process, {named, node()}, normal}),
    P5 = waiter(), R5 = monitor(process, P5), t:p(demonitor(R5)), exit(P5, x), t:p(nothing()), t:p(demonitor(R5)),
    P6 = waiter(), R6 = monitor(process, P6), exit(P6, x), receive after 20 -> ok end, t:p(demonitor(R6, [flush])), t:p(nothing()),
    P7 = waiter(), R7 = monitor(process, P7), t:p(demonitor(R7, [info])), t:p(demonitor(R7, [info])), t:p(demonitor(R7, [flush, info])), exit(P7, x),
    P8 = waiter(), Rs = [monitor(process, P8) || _ <- lists:seq(1, 5)], exit(P8, many), t:p(length([ok || R <- Rs, receive {'DOWN', R, process, P8, many} -> true end])),
    P9 = waiter(), R9 = monitor(process, P9, [{tag, {my, tag}}]), exit(P9, x), t:p(next() =:= {{my, tag}, R9, process, P9, x}),
    t:e("monitor", fun() -> monitor(process, t:id(1)) end), t:e("monitor", fun() -> monitor(t:id(x), self()) end), t:e("demonitor", fun() -> demonitor(t:id(a)) end),
    R10 = monitor(process, self()), t:p(is_reference(R10)), t:p(demonitor(R10, [info])),
    P11 = waiter(), R11 = monitor(process, P11), t:p(process_info(self(), monitors) =:= {monitors, [{process, P11}]}),
    t:p(process_info(P11, monitored_by) =:= {monitored_by, [self()]}), demonitor(R11), exit(P11, x),
    %% Aliases.
    A1 = alias(), A1 ! via_alias, t:p(next()), t:p(unalias(A1)), t:p(unalias(A1)), A1 ! dropped, t:p(nothing()),
    A2 = alias([reply]), S = self(), spawn(fun() -> A2 ! first end), t:p(next()), A2 ! second, t:p(nothing()),
    P12 = spawn(fun() -> receive {From, X} -> From ! {From, X * 2} end end), R12 = monitor(process, P12, [{alias, reply_demonitor}]), P12 ! {R12, 21},
    t:p(next() =:= {R12, 42}), t:p(nothing()),
    P13 = spawn(fun() -> receive {From, X} -> From ! {From, X}, receive after 10 -> From ! late end end end), R13 = monitor(process, P13, [{alias, explicit_unalias}]),
    P13 ! {R13, a}, t:p(next() =:= {R13, a}), t:p(next()), t:p(next() =:= {'DOWN', R13, process, P13, normal}), t:p(unalias(R13)),
    P14 = waiter(), R14 = monitor(process, P14, [{alias, demonitor}]), demonitor(R14), R14 ! lost, t:p(nothing()), exit(P14, x),
    t:p(lists:sum([begin {P, R} = spawn_monitor(fun() -> exit(I) end), receive {'DOWN', R, process, P, V} -> V end end || I <- lists:seq(1, 500)])),
    {P15, R15} = spawn_monitor(fun() -> monitor(process, S), error(with_trace) end), {'DOWN', R15, process, P15, {with_trace, St}} = next(), t:p(is_list(St)),
    T = erlang:monitor(time_offset, clock_service), t:p(is_reference(T)), t:p(erlang:demonitor(T)), t:p(nothing()).

waiter() -> spawn(fun() -> receive forever -> ok end end).
next() -> receive X -> X after 5000 -> timeout end.
nothing() -> receive X -> X after 20 -> nothing end.
