%% What processes do, as their tracer hears of it: messages, life, links, schedules, collections.
-module(process_events).
-export([main/0]).

main() ->
    Me = self(),
    timer:sleep(1),
    show(sends, [send], fun() -> Me ! a, catch (nobody ! b), gone() ! c, erlang:send(Me, {d, "e"}), erlang:send(Me, f, [nosuspend]) end),
    show(receives, ['receive'], fun() -> self() ! a, self() ! b, receive b -> ok end, receive after 0 -> ok end end),
    show(down, ['receive'], fun() -> {P, R} = spawn_monitor(fun() -> ok end), receive {'DOWN', R, _, P, _} -> ok end end),
    show(life, [procs], fun() ->
        register(a_name, self()), unregister(a_name),
        P = spawn_link(fun() -> receive _ -> ok end end), unlink(P), link(P), unlink(P), P ! stop,
        register(another, self()), exit(bye) end),
    show(inherit, [procs, set_on_spawn], fun() -> wait(spawn_monitor(lists, seq, [1, 2])) end),
    show(inherit_once, [procs, set_on_first_spawn], fun() ->
        wait(spawn_monitor(lists, seq, [1, 2])), wait(spawn_monitor(lists, seq, [1, 3])) end),
    show(linked, [procs, set_on_link], fun() ->
        P = spawn(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, _} -> ok end end),
        link(P), P ! {'EXIT', none, none}, wait({P, monitor(process, P)}) end),
    show(linked_once, [procs, set_on_first_link], fun() ->
        P = spawn(fun() -> receive _ -> ok end end),
        link(P), unlink(P), P ! stop, wait({P, monitor(process, P)}) end),
    show(two_kinds, [send, procs, timestamp], fun() -> Me ! x end),
    show(monotonic, [send, monotonic_timestamp], fun() -> Me ! x end),
    show(strict, [send, strict_monotonic_timestamp], fun() -> Me ! x end),
    show(sensitive, [send, procs, 'receive'], fun() -> process_flag(sensitive, true), Me ! x end),
    patterns(),
    settings(),
    everybody(),
    ok.

gone() -> {P, R} = spawn_monitor(fun() -> ok end), wait({P, R}), P.
wait({P, R}) -> receive {'DOWN', R, process, P, _} -> ok end.

%% Runs F in a process with these flags and prints what its tracer got.
show(Name, Flags, F) -> show(Name, fun(P, Tracer) -> erlang:trace(P, true, [{tracer, Tracer} | Flags]) end, F, 0).
show(Name, Start, F, _) ->
    Tracer = spawn_link(fun() -> collect([]) end),
    Me = self(),
    P = spawn(fun() -> Me ! {ready, self()}, receive go -> F() end end),
    receive {ready, P} -> settle(P) end,
    1 = Start(P, Tracer),
    R = monitor(process, P),
    P ! go,
    wait({P, R}),
    D = erlang:trace_delivered(all), receive {trace_delivered, all, D} -> ok end,
    Tracer ! {get, self()},
    receive {Tracer, Events} -> io:format("~p:~n", [Name]), [io:format("  ~p~n", [plain(E, P)]) || E <- Events] end,
    unlink(Tracer), exit(Tracer, kill).
settle(P) -> case process_info(P, status) of {status, waiting} -> P; _ -> erlang:yield(), settle(P) end.
collect(A) -> receive {get, P} -> P ! {self(), lists:reverse(A)}, collect([]); X -> collect([X | A]) end.

%% Without what differs from run to run.
plain(P, P) -> tracee;
plain(X, _) when is_pid(X) -> pid;
plain(X, _) when is_reference(X) -> ref;
plain(X, _) when is_function(X) -> function;
plain({A, B, C}, _) when is_integer(A), A > 1000, is_integer(B), is_integer(C) -> time;
plain({A, B}, _) when is_integer(A), A < -1000, is_integer(B) -> {time, number};
plain(A, _) when is_integer(A), A < -1000 -> time;
plain({trace, P, Gc, Info}, P) when is_list(Info), (Gc =:= gc_minor_start orelse Gc =:= gc_minor_end orelse
        Gc =:= gc_major_start orelse Gc =:= gc_major_end) -> {Gc, [K || {K, V} <- Info, is_integer(V)]};
plain(T, P) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T), P));
plain([A | B], P) -> [plain(A, P) | plain(B, P)];
plain(X, _) -> X.

patterns() ->
    Me = self(),
    1 = erlang:trace_pattern(send, [{['_', a], [], []}, {['_', {b, '$1'}], [], [{message, '$1'}]}, {['_', c], [], [{message, false}]}], []),
    io:format("~p~n", [erlang:trace_info(send, match_spec)]),
    show(chosen_sends, [send], fun() -> [Me ! X || X <- [a, {b, 1}, c, d]] end),
    1 = erlang:trace_pattern(send, false, []),
    io:format("~p~n", [erlang:trace_info(send, match_spec)]),
    show(no_sends, [send], fun() -> Me ! a end),
    1 = erlang:trace_pattern(send, true, []),
    1 = erlang:trace_pattern('receive', [{[node(), '$1', {'_', a}], [], [{message, {{is_pid, '$1'}}}]}], []),
    show(chosen_receives, ['receive'], fun() -> self() ! {x, a}, self() ! b, receive b -> ok end end),
    1 = erlang:trace_pattern('receive', [], []),
    io:format("~p~n", [erlang:trace_info('receive', match_spec)]),
    [io:format("~p~n", [catch_error(fun() -> erlang:trace_pattern(E, M, F) end)])
     || {E, M, F} <- [{send, [{['_', '_'], [], [{caller}]}], []}, {'receive', [{'_', [], [{enable_trace, send}]}], []},
                      {send, true, [local]}, {'receive', restart, []}, {exit, true, []}]].

settings() ->
    Flags = fun(P) -> {flags, L} = erlang:trace_info(P, flags), lists:sort(L) end,
    P = spawn(fun() -> receive stop -> ok end end),
    [T1, T2] = [spawn(fun() -> receive stop -> ok end end) || _ <- [1, 2]],
    1 = erlang:trace(P, true, [all, {tracer, T1}]),
    io:format("~p~n", [erlang:trace_info(P, flags)]),
    true = erlang:trace_info(P, tracer) =:= {tracer, T1},
    1 = erlang:trace(P, true, [send, {tracer, T1}]),
    1 = erlang:trace(P, false, [send, call, silent]),
    io:format("~p~n", [Flags(P)]),
    exit(T1, kill), wait({T1, monitor(process, T1)}),
    1 = erlang:trace(P, true, [send, {tracer, T2}]),
    true = erlang:trace_info(P, tracer) =:= {tracer, T2},
    1 = erlang:trace(P, false, [all]),
    io:format("~p ~p~n", [erlang:trace_info(P, flags), erlang:trace_info(P, tracer)]),
    P ! stop, wait({P, monitor(process, P)}),
    io:format("~p ~p~n", [erlang:trace_info(P, flags), erlang:trace_info(P, tracer)]),
    erlang:trace(new, true, [procs, {tracer, T2}]),
    io:format("~p ~p~n", [Flags(new), Flags(new_ports)]),
    erlang:trace(new, false, [procs]),
    io:format("~p ~p~n", [erlang:trace_info(new, flags), erlang:trace_info(new_processes, tracer)]),
    [io:format("~p~n", [catch_error(fun() -> erlang:trace(A, B, C) end)])
     || {A, B, C} <- [{foo, true, [send]}, {self(), maybe, [send]}, {self(), true, [foo]}, {self(), true, foo},
                      {self(), true, [send | send]}, {P, true, [send]}, {self(), true, [{tracer, foo}]},
                      {self(), true, [cpu_timestamp]}, {new, true, [cpu_timestamp]},
                      {self(), true, [{tracer, no_such_module_here, x}]}]],
    [io:format("~p~n", [catch_error(fun() -> erlang:trace_info(A, B) end)])
     || {A, B} <- [{foo, flags}, {self(), foo}, {"x", flags}, {send, traced}, {{a, b}, all}, {{a, b, c}, all}]],
    io:format("~p~n", [catch_error(fun() -> erlang:trace_delivered(foo) end)]),
    exit(T2, kill).

%% New processes; and every one that there is.
everybody() ->
    Tracer = spawn_link(fun() -> collect([]) end),
    erlang:trace(new, true, [procs, {tracer, Tracer}]),
    P = spawn(fun() -> receive go -> exit(gone) end end),
    erlang:trace(new, false, [all]),
    P ! go, wait({P, monitor(process, P)}),
    Tracer ! {get, self()},
    receive {Tracer, Events} -> io:format("new: ~p~n", [plain([E || E <- Events, element(2, E) =:= P], P)]) end,
    N = length(processes()),
    io:format("~p ~p~n", [erlang:trace(existing, true, [procs, {tracer, Tracer}]) =:= N,
                          erlang:trace(existing_processes, false, [procs]) =:= N]),
    unlink(Tracer), exit(Tracer, kill).

catch_error(F) -> try F() catch C:R:S -> {C, R, case S of [{M, Fn, _, _} | _] -> {M, Fn}; _ -> none end} end.
