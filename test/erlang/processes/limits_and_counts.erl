-module(limits_and_counts).
%% time: 20
-export([main/0]).

%% What OTP's own tests of counters, heap limits, statistics and system_info found.
main() ->
    counters(),
    heap_limits(),
    unique(),
    wall_time(),
    multi_scheduling(),
    times(),
    io:format("~p~n", [[erlang:is_builtin(M, F, A) || {M, F, A} <- [{erlang, yield, 0}, {erlang, apply, 3},
        {erl_tracer, enabled, 3}, {ets, insert, 2}, {erlang, '$delete_module', 1}, {lists, map, 2}]]]),
    io:format("~p~n", [[catch element(1, {erlang:system_info({cpu_topology, defined})}),
        try erlang:system_info({cpu_topology, x}) catch error:E -> E end]]),
    io:format("~p~n", [[try maps:next([P | #{a => 1}]) catch error:E2 -> E2 end || P <- [-1, 1]]]),
    Old = erlang:system_flag(outstanding_system_requests_limit, 5),
    io:format("~p~n", [erlang:system_flag(outstanding_system_requests_limit, Old)]).

counters() ->
    [begin
         C = counters:new(3, [Kind]),
         counters:put(C, 1, (1 bsl 63) - 1),
         counters:add(C, 1, 1),
         counters:add(C, 2, (1 bsl 64) - 1),
         io:format("~p~n", [[counters:get(C, I) || I <- [1, 2, 3]]]),
         io:format("~p~n", [[try F() catch error:E -> E end
                             || F <- [fun() -> counters:add(C, 1, 1 bsl 64) end, fun() -> counters:get(C, 4) end,
                                      fun() -> counters:put(C, 1, 1 bsl 63) end, fun() -> counters:get(C, 0) end]]]),
         Pids = [spawn_monitor(fun() -> [counters:add(C, 3, 1) || _ <- lists:seq(1, 1000)] end) || _ <- lists:seq(1, 10)],
         [receive {'DOWN', R, _, _, _} -> ok end || {_, R} <- Pids],
         io:format("~p ~p~n", [counters:get(C, 3), maps:get(size, counters:info(C))])
     end || Kind <- [atomics, write_concurrency]].

%% Messages that wait count as part of the heap, unless they are kept off it.
heap_limits() ->
    P = spawn_opt(fun() -> receive after infinity -> ok end end,
                  [{max_heap_size, #{size => 2000, error_logger => false}}, {message_queue_data, on_heap}]),
    M = monitor(process, P),
    {total_heap_size, Before} = process_info(P, total_heap_size),
    [P ! lists:duplicate(I, I) || I <- lists:seq(1, 100)],
    process_info(P, messages),
    {total_heap_size, After} = process_info(P, total_heap_size),
    garbage_collect(P),
    io:format("~p ~p~n", [Before < After, receive {'DOWN', M, _, _, Why} -> Why after 3000 -> alive end]),
    OldLimit = erlang:system_flag(max_heap_size, #{size => 0, kill => false, error_logger => false}),
    Q = spawn(fun() -> receive after infinity -> ok end end),
    io:format("~p~n", [[maps:with([size, kill, error_logger], element(2, process_info(Q, max_heap_size)))]]),
    erlang:system_flag(max_heap_size, OldLimit).

unique() ->
    L = [erlang:unique_integer() || _ <- lists:seq(1, 1000)],
    io:format("~p~n", [length(lists:usort(L))]),
    io:format("~p~n", [lists:all(fun(N) -> N > 0 end, [erlang:unique_integer([positive]) || _ <- L])]),
    Ms = [erlang:unique_integer([monotonic]) || _ <- L],
    io:format("~p~n", [Ms =:= lists:sort(Ms)]).

wall_time() ->
    erlang:system_flag(scheduler_wall_time, true),
    Busy = fun(L) -> lists:sum([A || {_, A, _} <- L]) end,
    Before = statistics(scheduler_wall_time_all),
    {_, M} = spawn_monitor(fun() -> erts_debug:dirty_io(wait, 300) end),
    receive {'DOWN', M, _, _, _} -> ok end,
    After = statistics(scheduler_wall_time_all),
    Time = erlang:convert_time_unit(200, millisecond, native),
    io:format("~p~n", [Busy(After) - Busy(Before) > Time]),
    io:format("~p~n", [length(After) =:= erlang:system_info(schedulers) + erlang:system_info(dirty_cpu_schedulers)
                           + erlang:system_info(dirty_io_schedulers)]),
    erlang:system_flag(scheduler_wall_time, false).

multi_scheduling() ->
    S = fun() -> {erlang:system_info(multi_scheduling), element(4, hd(erlang:system_info(all_schedulers_state)))} end,
    A = S(),
    erlang:system_flag(multi_scheduling, block_normal),
    B = S(),
    erlang:system_flag(multi_scheduling, block),
    C = S(),
    erlang:system_flag(multi_scheduling, unblock_normal),
    D = S(),
    erlang:system_flag(multi_scheduling, unblock),
    io:format("~p~n", [[element(1, X) || X <- [A, B, C, D, S()]]]),
    io:format("~p~n", [[element(2, X) || X <- [B, C, D]]]),
    {reductions, R1} = process_info(self(), reductions),
    erlang:yield(),
    {reductions, R2} = process_info(self(), reductions),
    io:format("~p~n", [R2 - R1 < 50]).

times() ->
    io:format("~p~n", [[try erlang:F({{Y, 1, 1}, {0, 0, 0}}), ok catch error:E -> E end
                        || F <- [universaltime_to_localtime, localtime_to_universaltime], Y <- [0, 1600, 1901, 1902, 2200]]]).
