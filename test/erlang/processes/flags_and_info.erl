-module(flags_and_info).
-export([main/0]).

main() ->
    S = self(),
    t:p(process_flag(trap_exit, true)), t:p(process_flag(trap_exit, false)), t:p(process_flag(priority, high)), t:p(process_flag(priority, low)),
    t:p(process_flag(priority, normal)), t:p(process_flag(min_heap_size, 1000)), t:p(element(2, process_info(S, min_heap_size)) >= 1000),
    t:p(process_flag(fullsweep_after, 10)), t:p(process_flag(fullsweep_after, 65535)), t:p(process_flag(message_queue_data, off_heap)),
    t:p(process_info(S, message_queue_data)), t:p(process_flag(sensitive, false)), t:p(process_flag(save_calls, 0)),
    t:p(process_flag(error_handler, error_handler)), t:p(process_flag(max_heap_size, 0)), t:p(process_info(S, max_heap_size) =/= x),
    t:e("flag", fun() -> process_flag(nope, 1) end), t:e("flag", fun() -> process_flag(trap_exit, 1) end), t:e("flag", fun() -> process_flag(priority, x) end),
    P = spawn(fun() -> put(k, v), wait() end), receive after 20 -> ok end,
    [t:p(process_info(P, I)) || I <- [status, current_function, message_queue_len, messages, links, dictionary, trap_exit, error_handler, priority,
                                      registered_name, initial_call, monitors, monitored_by, suspending, catchlevel, sequential_trace_token, trace,
                                      last_calls, min_heap_size, min_bin_vheap_size, fullsweep_after]],
    [t:p({I, is_integer(element(2, process_info(P, I)))}) || I <- [heap_size, total_heap_size, stack_size, reductions, memory]],
    t:p(process_info(P, group_leader) =:= {group_leader, group_leader()}), t:wait_until(fun() -> process_info(P, status) =:= {status, waiting} end), t:p(process_info(P, [status, priority, links])), t:p(process_info(P, [])),
    {current_location, {M, F, A, L}} = process_info(P, current_location), t:p({M, F, A, t:frames([{M, F, A, L}])}),
    {current_stacktrace, [Top | _]} = process_info(P, current_stacktrace), t:p(t:frames([Top])), {backtrace, BT} = process_info(P, backtrace), t:p(is_binary(BT)),
    {garbage_collection, GC} = process_info(P, garbage_collection), t:p(lists:sort([K || {K, _} <- GC])), t:p(is_list(element(2, process_info(P, binary)))),
    t:p(lists:sort([K || {K, _} <- process_info(P)])),
    t:e("info", fun() -> process_info(P, nope) end), t:e("info", fun() -> process_info(t:id(a), links) end), t:p(process_info(spawn_dead())), t:p(process_info(spawn_dead(), links)),
    t:p(erlang:suspend_process(P)), t:p(process_info(P, status)), P ! stop, receive after 20 -> ok end, t:p(is_process_alive(P)), t:p(process_info(S, suspending) =/= x),
    t:p(erlang:resume_process(P)), t:p(t:wait_until(fun() -> not is_process_alive(P) end)), t:e("resume", fun() -> erlang:resume_process(P) end), t:e("suspend", fun() -> erlang:suspend_process(S) end),
    t:p(erlang:yield()), t:p(erlang:garbage_collect()), t:p(erlang:garbage_collect(spawn(fun() -> wait() end))),
    t:p(erlang:bump_reductions(100)), {reductions, R1} = process_info(S, reductions), spin(10000), {reductions, R2} = process_info(S, reductions), t:p(R2 - R1 > 5000),
    L1 = group_leader(), t:p(group_leader(L1, S)), t:p(group_leader() =:= L1), t:p(process_info(S, current_function)), t:p(node()), t:p(is_alive()), t:p(nodes()),
    {PM, RM} = spawn_opt(fun() -> lists:seq(1, 1000000) end, [monitor, {max_heap_size, #{size => 10000, kill => true, error_logger => false}}]),
    t:p(receive {'DOWN', RM, process, PM, Why} -> Why end).

wait() -> receive stop -> ok end.
spawn_dead() -> P = spawn(fun() -> ok end), t:wait_until(fun() -> not is_process_alive(P) end), P.
spin(0) -> ok;
spin(N) -> spin(N - 1).
