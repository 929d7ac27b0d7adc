%% time: 60
%% Processes that use tables, sockets, code, timers and tracing, while others replace, list, measure, suspend and delete
%% the very same things. What counts is that everybody gets through.
-module(everything_at_once).
-export([main/0, busy/2]).

main() ->
    t:sockets(),
    Rounds = 40,
    Works = [{F, spawn_monitor(fun() -> repeat(Rounds, F) end)} ||
        F <- [fun tables/1, fun tables/1, fun walks/1, fun sockets/1, fun datagrams/1, fun code/1, fun calls/1,
              fun timers/1, fun measures/1, fun questions/1, fun flags/1, fun names/1, fun programs/1, fun tokens/1,
              fun binaries/1, fun sharers/1]],
    Tracer = spawn(fun sink/0),
    Trace = spawn_monitor(fun() -> traces(Tracer) end),
    [receive {'DOWN', R, process, P, Why} -> Why =:= normal orelse io:format("~p: ~p~n", [F, Why]) end
     || {F, {P, R}} <- Works],
    {TP, TR} = Trace,
    TP ! stop,
    receive {'DOWN', TR, process, TP, normal} -> ok end,
    exit(Tracer, kill),
    io:format("done~n").

repeat(0, _) -> ok;
repeat(N, F) -> F(N), repeat(N - 1, F).

table(N) -> list_to_atom("at_once_" ++ integer_to_list(N rem 3)).
sink() -> receive _ -> sink() end.

%% ---- tables: made, filled, given away, deleted under those who walk them ----

tables(N) ->
    Name = table(N),
    catch ets:new(Name, [named_table, public, lists:nth(N rem 3 + 1, [set, ordered_set, bag]),
                         {write_concurrency, N rem 2 =:= 0}, {read_concurrency, N rem 3 =:= 0}]),
    [catch ets:insert(Name, {K, K, lists:seq(1, K rem 9), <<K:800>>}) || K <- lists:seq(1, 300)],
    catch ets:update_counter(Name, 7, {2, 1}),
    [catch ets:take(Name, K) || K <- lists:seq(1, 300, 3)],
    catch ets:select_delete(Name, [{{'$1', '_', '_', '_'}, [{'=:=', 1, {'rem', '$1', 5}}], [true]}]),
    P = spawn(fun() -> receive {'ETS-TRANSFER', T, _, _} -> catch ets:insert(T, {here, 1, [], <<>>}) after 50 -> ok end end),
    case N rem 4 of
        0 -> catch ets:delete(Name);
        1 -> catch ets:give_away(Name, P, gift);
        2 -> catch ets:rename(Name, other), catch ets:rename(other, Name);
        3 -> catch ets:delete_all_objects(Name)
    end.

walks(N) ->
    [begin
         catch ets:tab2list(T), catch ets:info(T), catch ets:info(T, memory),
         catch ets:foldl(fun(X, A) -> [element(1, X) | A] end, [], T),
         catch pieces(ets:select(T, [{{'$1', '_', '_', '_'}, [], ['$1']}], 7)),
         catch ets:match_object(T, {'_', '_', [1, 2], '_'}),
         catch ets:safe_fixtable(T, true), catch ets:first(T), catch ets:last(T),
         catch ets:safe_fixtable(T, false)
     end || T <- [table(N), table(N + 1)] ++ ets:all()].
pieces('$end_of_table') -> ok;
pieces({_, C}) -> pieces(ets:select(C)).

%% ---- sockets: opened, handed on, closed from elsewhere ----

sockets(N) ->
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}, {packet, N rem 2 * 4}, {reuseaddr, true}]),
    {ok, Where} = inet:port(L),
    Client = spawn_monitor(fun() ->
        {ok, S} = gen_tcp:connect({127, 0, 0, 1}, Where, [binary, {active, false}, {packet, N rem 2 * 4}]),
        [gen_tcp:send(S, <<I:(8 * 900)>>) || I <- lists:seq(1, 20)],
        case N rem 3 of
            0 -> gen_tcp:close(S);
            1 -> gen_tcp:shutdown(S, write), gen_tcp:recv(S, 0, 50);
            2 -> exit(kill)
        end
    end),
    {ok, A} = gen_tcp:accept(L, 20000),
    Other = spawn_monitor(fun() -> receive {yours, A} -> reader(A) after 10000 -> ok end end),
    catch erlang:port_info(A), catch inet:getstat(A), inet:getopts(A, [active, sndbuf]),
    ok = gen_tcp:controlling_process(A, element(1, Other)),
    element(1, Other) ! {yours, A},
    N rem 4 =:= 0 andalso gen_tcp:close(L),
    [receive {'DOWN', R, process, P, _} -> ok end || {P, R} <- [Client, Other]],
    gen_tcp:close(A), gen_tcp:close(L).
reader(S) ->
    inet:setopts(S, [{active, once}]),
    receive {tcp, S, _} -> reader(S); {tcp_closed, S} -> ok; {tcp_error, S, _} -> reader(S) after 300 -> ok end.

datagrams(N) ->
    {ok, A} = gen_udp:open(0, [binary, {active, N rem 2 =:= 0}]),
    {ok, B} = gen_udp:open(0, [binary, {active, 5}]),
    {ok, To} = inet:port(B),
    [gen_udp:send(A, {127, 0, 0, 1}, To, <<I:64>>) || I <- lists:seq(1, 20)],
    spawn(fun() -> gen_udp:close(B) end),
    drop(), gen_udp:close(A), gen_udp:close(B).
drop() -> receive {udp, _, _, _, _} -> drop(); {udp_passive, _} -> drop() after 2 -> ok end.

programs(N) ->
    P = open_port({spawn, "cat"}, [binary, stream]),
    port_command(P, <<N:800>>),
    receive {P, {data, _}} -> ok after 20000 -> exit(no_echo) end,
    erlang:port_info(P, output), erlang:ports(),
    spawn(fun() -> catch port_close(P) end),
    catch port_close(P),
    receive {'EXIT', P, _} -> ok after 0 -> ok end.

%% ---- code: loaded, deleted, purged while it is called ----

code(N) ->
    {M, B} = module(N),
    catch erlang:purge_module(M),
    erlang:load_module(M, B),
    catch (N rem 3 =:= 0 andalso erlang:delete_module(M)),
    catch M:module_info(), erlang:check_process_code(self(), M),
    persistent_term:put({?MODULE, N rem 4}, lists:seq(1, N)),
    N rem 2 =:= 0 andalso persistent_term:erase({?MODULE, N rem 4}),
    erlang:yield().
calls(N) ->
    [catch at_once_code:f(I) || I <- lists:seq(1, 500)],
    F = fun at_once_code:f/1, catch F(N), catch (at_once_code:g())(N),
    persistent_term:get(), persistent_term:get({?MODULE, N rem 4}, none).
module(N) ->
    {ok, M, B} = compile:forms([{attribute, 1, module, at_once_code}, {attribute, 1, export, [{f, 1}, {g, 0}]},
        {function, 1, f, 1, [{clause, 1, [{var, 1, 'X'}], [], [{op, 1, '+', {var, 1, 'X'}, {integer, 1, N}}]}]},
        {function, 1, g, 0, [{clause, 1, [], [], [{'fun', 1, {clauses, [{clause, 1, [{var, 1, 'Y'}], [],
            [{tuple, 1, [{var, 1, 'Y'}, {string, 1, "abc"}]}]}]}}]}]}], []),
    {M, B}.

%% ---- processes: asked, measured, suspended, flagged ----

timers(N) ->
    Me = self(),
    Refs = [erlang:start_timer(I rem 5, Me, I) || I <- lists:seq(1, 100)],
    Sends = [erlang:send_after(1000, Me, I) || I <- lists:seq(1, 100)],
    [erlang:cancel_timer(R, [{async, N rem 2 =:= 0}]) || R <- Sends],
    [receive {timeout, R, _} -> ok end || R <- Refs],
    forget().
forget() -> receive _ -> forget() after 0 -> ok end.

measures(_) ->
    [erlang:memory(T) || T <- [total, processes, ets, binary, code, atom, system]],
    erlang:memory(), erlang:statistics(garbage_collection), erlang:statistics(run_queue), erlang:statistics(io),
    erlang:statistics(total_active_tasks), erlang:system_info(procs) =/= <<>>, erlang:system_info(process_count),
    erlang:statistics(scheduler_wall_time), erlang:system_info(allocated_areas).

questions(N) ->
    Keys = [memory, messages, current_stacktrace, dictionary, links, monitors, monitored_by, garbage_collection, status,
            binary, reductions, message_queue_len, total_heap_size, current_function, trap_exit, group_leader, last_calls,
            registered_name, suspending, garbage_collection_info],
    [process_info(P, Keys) || P <- processes()],
    P = spawn(?MODULE, busy, [200000, self()]),
    catch erlang:suspend_process(P, [asynchronous, unless_suspending]),
    process_info(P), erlang:garbage_collect(P, [{async, N}]), erlang:is_process_alive(P),
    catch erlang:resume_process(P),
    N rem 2 =:= 0 andalso exit(P, kill),
    R = monitor(process, P, [{alias, reply_demonitor}]),
    receive {'DOWN', R, process, P, _} -> ok end,
    forget().
busy(0, P) -> P ! done;
busy(N, P) -> busy(N - 1, P).

flags(N) ->
    P = spawn_link(fun() ->
        process_flag(save_calls, N rem 3 * 5), process_flag(min_heap_size, 500 * (N rem 3 + 1)), process_flag(trap_exit, true),
        process_flag(message_queue_data, lists:nth(N rem 2 + 1, [on_heap, off_heap])),
        process_flag(priority, lists:nth(N rem 3 + 1, [low, normal, high])),
        process_flag(max_heap_size, #{size => 10000000, kill => true}),
        [self() ! {I, lists:seq(1, 50)} || I <- lists:seq(1, 50)],
        lists:sort([receive {I, L} -> {I, length(L)} end || I <- lists:seq(1, 50)]),
        process_flag(message_queue_data, off_heap),
        receive stop -> ok; {'EXIT', _, _} -> ok end
    end),
    catch erlang:process_flag(P, save_calls, 10),
    process_info(P, last_calls), erlang:yield(),
    unlink(P), P ! stop.

names(N) ->
    Name = list_to_atom("named_at_once_" ++ integer_to_list(N rem 5)),
    P = spawn(fun() -> catch register(Name, self()), receive after N rem 3 -> ok end end),
    catch Name ! hello, whereis(Name), registered(), catch unregister(Name),
    R = monitor(process, Name), link_to(P),
    receive {'DOWN', R, process, _, _} -> ok end.
link_to(P) -> process_flag(trap_exit, true), link(P), receive {'EXIT', P, _} -> ok end.

tokens(N) ->
    seq_trace:set_token(label, N), seq_trace:set_token(send, true),
    P = spawn(fun() -> receive {From, X} -> From ! {self(), X} end end),
    P ! {self(), N}, receive {P, N} -> ok end,
    seq_trace:set_token([]).

%% Binaries that grow in place, shared with others.
binaries(N) ->
    P = spawn(fun sink/0),
    B = lists:foldl(fun(I, A) -> I rem 50 =:= 0 andalso (P ! A), <<A/binary, I:64>> end, <<>>, lists:seq(1, 1000)),
    8000 = byte_size(B), P ! {N, binary:split(B, <<0>>, [global])}, exit(P, kill).

%% Many senders for one receiver, large terms.
sharers(N) ->
    Me = self(), Big = maps:from_list([{I, <<I:640>>} || I <- lists:seq(1, 100)]),
    [spawn(fun() -> Me ! {I, Big, N} end) || I <- lists:seq(1, 30)],
    [receive {I, #{7 := _}, N} -> ok end || I <- lists:seq(1, 30)].

%% ---- tracing of all that ----

traces(Tracer) ->
    Flags = [[call, return_to, running, procs], [send, 'receive', timestamp], [ports, running_ports, procs, set_on_spawn],
             [garbage_collection, exiting, set_on_link], [call, arity, scheduler_id, strict_monotonic_timestamp]],
    [begin
         erlang:trace(existing, true, [{tracer, Tracer} | F]),
         erlang:trace_pattern({?MODULE, '_', '_'}, [{'_', [], [{return_trace}]}], [local]),
         erlang:trace_pattern({ets, '_', '_'}, true, [local]), erlang:trace_pattern({at_once_code, '_', '_'}, true, [local, call_count]),
         catch erlang:system_profile(Tracer, [runnable_procs, exclusive]), erlang:system_monitor(Tracer, [busy_port, {long_gc, 1}, {large_heap, 5000}]),
         receive after 3 -> ok end,
         erlang:trace_pattern({'_', '_', '_'}, false, [local, call_count]),
         erlang:trace(all, false, [all]), erlang:system_monitor(undefined), catch erlang:system_profile(undefined, []),
         wait_for(Tracer)
     end || F <- Flags],
    receive stop -> ok after 0 -> traces(Tracer) end.
wait_for(P) -> case process_info(P, message_queue_len) of {_, L} when L > 10000 -> receive after 20 -> ok end, wait_for(P); _ -> ok end.
