%% system_monitor and system_profile: settings, and messages about long collections, large heaps and long slices. Small
%% functions that tell of the node and the virtual machine.
-module(system_monitor).
-export([main/0]).

main() ->
    S = self(),
    Mine = fun({P, L}) when P =:= S -> {self, L}; (X) -> X end,
    M = fun(F) -> t:p(try Mine(F()) catch C:R -> {C, R} end) end,
    M(fun() -> erlang:system_monitor() end),
    [M(fun() -> erlang:system_monitor(S, O) end)
     || O <- [[], [busy_port], [{long_gc, 10}, {large_heap, 1000000}, busy_dist_port, {long_schedule, 5}], [x], [{long_gc, -1}],
              [{long_gc, a}], x, [{large_heap, 10} | x], [{long_gc, 1 bsl 70}]]],
    M(fun() -> erlang:system_monitor() end),
    [M(fun() -> erlang:system_monitor(O) end) || O <- [undefined, {S, []}, {S, [busy_port]}, {S, [x]}, {S}, x]],
    M(fun() -> erlang:system_monitor(undefined, []) end),
    M(fun() -> erlang:system_profile() end),
    [M(fun() -> erlang:system_profile(S, O) end)
     || O <- [[], [runnable_procs], [scheduler, exclusive, runnable_ports, timestamp], [x], x, [strict_monotonic_timestamp]]],
    M(fun() -> erlang:system_profile(undefined, []) end),
    M(fun() -> erlang:system_profile() end),
    %% Messages.
    erlang:system_monitor(S, [{large_heap, 100000}]),
    P = spawn_link(fun() -> L = lists:seq(1, 200000), erlang:garbage_collect(), receive stop -> L end end),
    receive {monitor, P, large_heap, Info} -> t:p(lists:sort([K || {K, V} <- Info, is_integer(V)])) after 5000 -> t:p(none) end,
    P ! stop,
    erlang:system_monitor(S, [{long_gc, 1}]),
    Q = spawn_link(fun() -> L = lists:seq(1, 2000000), erlang:garbage_collect(), receive stop -> L end end),
    receive {monitor, Q, long_gc, Info2} -> t:p(lists:sort([K || {K, V} <- Info2, is_integer(V)])) after 5000 -> t:p(none) end,
    Q ! stop,
    delayed(),
    erlang:system_monitor(undefined),
    {W, Ref} = spawn_monitor(fun() -> erlang:system_monitor(self(), [{long_gc, 1}]) end),
    receive {'DOWN', Ref, process, W, normal} -> ok end,
    t:p(t:wait_until(fun() -> erlang:system_monitor() =:= undefined end)),
    node_functions(),
    debug_functions().

%% Collections that take long because they are told to.
delayed() ->
    erlang:system_monitor(self(), [{long_gc, 100}]),
    erts_debug:set_internal_state(available_internal_state, true),
    erts_debug:set_internal_state(test_long_gc_sleep, 150),
    P = spawn_link(fun() -> receive go -> erlang:garbage_collect() end, receive stop -> ok end end),
    P ! go,
    receive {monitor, P, long_gc, Info} -> t:p(proplists:get_value(timeout, Info) >= 150) after 20000 -> t:p(none) end,
    erts_debug:set_internal_state(test_long_gc_sleep, 0),
    erts_debug:set_internal_state(available_internal_state, false),
    P ! stop.

node_functions() ->
    [t:e(nodes, fun() -> nodes(A, #{}) end) || A <- [this, known, visible, hidden, connected, [this, known], x, [], [x]]],
    [t:e(nodes, fun() -> nodes(A, #{node_type => true}) end) || A <- [this, known, [this, connected]]],
    [t:e(nodes, fun() -> nodes(this, A) end) || A <- [#{connection_id => true}, #{x => true}, #{node_type => 1}, x, #{connection_id => false}]],
    [t:e(monitor_node, fun() -> monitor_node(A, B) end) || {A, B} <- [{foo@bar, true}, {node(), true}, {node(), false}, {1, true}]],
    [t:e(setnode, fun() -> erlang:setnode(A, B) end) || {A, B} <- [{x, 1}, {foo@bar, x}, {foo@bar, -1}]],
    [t:e(F, fun() -> erlang:F() end) || F <- [dt_get_tag, dt_get_tag_data]],
    [t:e(F, fun() -> erlang:F(A) end) || F <- [dt_put_tag, dt_spread_tag, dt_restore_tag, dt_append_vm_tag_data], A <- [<<"x">>, true, 1]].

debug_functions() ->
    [t:e(dirty, fun() -> apply(erts_debug, F, A) end)
     || {F, A} <- [{dirty_cpu, [wait, 1]}, {dirty_io, [wait, 1]}, {dirty, [normal, x, 1]}, {dirty, [x, x, 1]}, {dirty_cpu, [x, 1]},
                   {dirty_cpu, [scheduler, type]}, {dirty_io, [scheduler, type]}, {dirty, [dirty_cpu, scheduler, type]}]],
    t:p(length(erts_debug:dirty_cpu(copy, {a, "b"}))),
    [t:e(F, fun() -> apply(erts_debug, F, A) end)
     || {F, A} <- [{get_internal_state, [x]}, {set_internal_state, [available_internal_state, true]}, {get_internal_state, [available_internal_state]},
                   {set_internal_state, [available_internal_state, false]}, {lcnt_clear, []}, {lcnt_control, [x]}, {interpreter_size, []},
                   {map_info, [#{}]}, {map_info, [x]}, {disassemble, [x]}]],
    t:p([is_integer(V) || {_, V} <- [lists:keyfind(depth, 1, erts_debug:map_info(maps:from_keys(lists:seq(1, 100), x)))]]),
    t:p(lists:all(fun is_list/1, erts_debug:instructions())),
    [t:e(system_check, fun() -> erts_internal:system_check(A) end) || A <- [schedulers, x]],
    [t:e(process_display, fun() -> erlang:process_display(A, B) end) || {A, B} <- [{self(), x}, {x, backtrace}]].
