%% Tracing is switched while processes run, call, send, raise, and die; and while their code is replaced.
-module(churn).
-export([main/0, work/2, step/2, fails/1, caught/1]).

work(0, Acc) -> Acc;
work(N, Acc) -> work(N - 1, step(N, Acc)).
step(N, Acc) when N rem 7 =:= 0 -> caught(N), [N | Acc];
step(N, Acc) -> put(n, N), lists:reverse(lists:reverse([N rem 5 | lists:sublist(Acc, 10)])).
fails(N) -> erlang:error({N, process_info(self(), reductions)}).
caught(N) -> try fails(N) catch error:{N, _}:S -> length(S) end.

main() ->
    Workers = [spawn_monitor(fun() -> worker(20) end) || _ <- lists:seq(1, 6)],
    Tracer = spawn(fun sink/0),
    switch(30, Tracer),
    [receive {'DOWN', R, process, P, Reason} -> normal = Reason end || {P, R} <- Workers],
    erlang:trace(all, false, [all]),
    off(),
    exit(Tracer, kill),
    %% Nothing is left behind.
    [false = V || F <- [{?MODULE, step, 2}, {lists, reverse, 2}, {erlang, put, 2}], {all, V} <- [erlang:trace_info(F, all)]],
    io:format("~p~n", [length(work(100, []))]).

worker(0) -> ok;
worker(N) ->
    work(1000, []),
    {P, R} = spawn_monitor(fun() -> work(200, []) end),
    receive {'DOWN', R, process, P, normal} -> ok end,
    self() ! {message, N}, receive {message, N} -> ok end,
    worker(N - 1).

sink() -> receive _ -> sink() end.

patterns() ->
    [{{?MODULE, '_', '_'}, [{'_', [], [{return_trace}]}], [local]}, {{?MODULE, '_', '_'}, [{'_', [], [{exception_trace}]}], [local]},
     {{?MODULE, '_', '_'}, true, [call_count]}, {{?MODULE, '_', '_'}, true, [call_time]}, {{lists, '_', '_'}, true, [local]},
     {{lists, '_', '_'}, [{'_', [], [{message, {caller}}, {return_trace}]}], []}, {{erlang, '_', '_'}, true, [local]},
     {{?MODULE, step, 2}, true, [meta]}, {{lists, reverse, 2}, pause, [call_time]}].

switch(0, _) -> ok;
switch(N, Tracer) ->
    Flags = lists:nth(N rem 4 + 1, [[call, return_to], [call, send, 'receive', procs], [call, running, garbage_collection, timestamp],
                                    [call, arity, set_on_spawn, scheduler_id]]),
    erlang:trace(processes, true, [{tracer, Tracer} | Flags]),
    [erlang:trace_pattern(F, S, O) || {F, S, O} <- patterns()],
    {M, B} = code(N), catch erlang:purge_module(M), {module, M} = erlang:load_module(M, B), N = churned:n(),
    receive after 2 -> ok end,
    {call_time, _} = erlang:trace_info({?MODULE, step, 2}, call_time),
    off(),
    erlang:trace(processes, false, [all]),
    case process_info(Tracer, message_queue_len) of
        {_, L} when L > 100000 -> erlang:trace(all, false, [all]), receive after 100 -> ok end;
        _ -> ok
    end,
    switch(N - 1, Tracer).

off() ->
    erlang:trace_pattern({'_', '_', '_'}, false, [local, meta, call_count, call_time]),
    erlang:trace_pattern({'_', '_', '_'}, false, []).

code(N) ->
    {ok, M, B} = compile:forms([{attribute, 1, module, churned}, {attribute, 1, export, [{n, 0}]},
                                {function, 1, n, 0, [{clause, 1, [], [], [{integer, 1, N}]}]}], []),
    {M, B}.
