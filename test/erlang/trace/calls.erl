%% Traced calls: global and local patterns, returns, exceptions, match specifications, BIFs, funs.
-module(calls).
-export([main/0, add/2, count/1, twice/1, fails/1, leaves/1, outer/1, inner/1, bytes/1, last/1, tail/1, plus_one/1, apply_it/3]).
-compile({no_auto_import, [apply/3]}).

add(A, B) -> A + B.
count(0) -> done;
count(N) -> count(N - 1).
twice(X) -> hidden(X) + hidden(X).
hidden(X) -> X * 2.
fails(R) -> erlang:error(R).
leaves(R) -> exit(R).
outer(X) -> Y = inner(X), {outer, Y}.
inner(X) -> try fails(X) catch error:_ -> caught end.
bytes(B) -> bytes(B, 0).
bytes(<<A, Rest/binary>>, N) -> bytes(Rest, N + A);
bytes(<<>>, N) -> N.
last(X) -> erlang:abs(X).
tail(X) -> ?MODULE:add(X, 1).
plus_one(L) -> lists:map(fun(X) -> X + 1 end, L).
apply_it(M, F, A) -> erlang:apply(M, F, A).

main() ->
    calls([{?MODULE, add, 2}], true, [global], [call], fun() -> add(1, 2), ?MODULE:add(3, 4), tail(5) end),
    calls([{?MODULE, add, 2}], true, [local], [call], fun() -> add(1, 2), ?MODULE:add(3, 4), tail(5), apply_it(?MODULE, add, [6, 7]) end),
    calls([{?MODULE, '_', '_'}], true, [local], [call, return_to], fun() -> twice(4) end),
    calls([{?MODULE, twice, '_'}], [{['$1'], [{'>', '$1', 2}], [{return_trace}]}], [local], [call], fun() -> [twice(N) || N <- [1, 2, 3, 4]] end),
    calls([{?MODULE, count, 1}], return(), [local], [call], fun() -> count(3) end),
    calls([{?MODULE, count, 1}], return(), [local], [call, return_to], fun() -> count(3) end),
    calls([{?MODULE, '_', '_'}], exceptions(), [local], [call, return_to], fun() -> outer(x) end),
    calls([{?MODULE, fails, 1}], exceptions(), [local], [call], fun() -> catch fails(y) end),
    calls([{?MODULE, leaves, 1}], exceptions(), [local], [call], fun() -> leaves(not_caught) end),
    calls([{?MODULE, fails, 1}], return(), [local], [call], fun() -> catch fails(z) end),
    calls([{?MODULE, bytes, '_'}], return(), [local], [call], fun() -> bytes(<<1, 2, 3>>) end),
    calls([{erlang, abs, 1}, {?MODULE, last, 1}], return(), [local], [call, return_to], fun() -> last(-3) end),
    calls([{lists, reverse, 2}], return(), [local], [call], fun() -> lists:reverse([1, 2, 3], []), lists:reverse([1, 2, 3]) end),
    calls([{lists, reverse, 2}], return(), [global], [call], fun() -> lists:reverse([1, 2, 3], []) end),
    calls([{erlang, put, 2}, {erlang, get, 1}], [{'_', [], [{message, {{caller, {caller}}}}]}], [local], [call], fun() -> put(a, 1), get(a) end),
    calls([{erlang, binary_to_atom, 1}], exceptions(), [local], [call], fun() -> catch binary_to_atom(x) end),
    calls([{lists, map, 2}, {?MODULE, '-plus_one/1-fun-0-', '_'}], true, [local], [call], fun() -> plus_one([1, 2]) end),
    calls([{?MODULE, add, 2}], true, [local], [call, arity], fun() -> add(1, 2) end),
    calls([{?MODULE, add, 2}], [{'_', [], [{return_trace}]}], [local], [call, silent], fun() -> add(1, 2) end),
    calls([{?MODULE, add, 2}], [{[1, '_'], [], [{silent, true}]}, {[2, '_'], [], [{silent, false}]}, {'_', [], []}], [local], [call],
          fun() -> [add(X, 0) || X <- [0, 1, 0, 2, 0]] end),
    calls([{?MODULE, add, 2}], [{['$1', '$2'], [], [{message, [{{'$1', '$2'}}, '$_', '$$', {self}]}]}], [local], [call], fun() -> add(1, 2) end),
    calls([{?MODULE, add, 2}], [{'$1', [], [{message, {hd, '$1'}}]}], [local], [call], fun() -> add(1, 2) end),
    calls([{?MODULE, add, 2}], [{['_', '_'], [], [{message, false}]}], [local], [call], fun() -> add(1, 2) end),
    calls([{?MODULE, hidden, 1}], [{'_', [], [{message, {caller}}, {return_trace}]}], [local], [call], fun() -> twice(1) end),
    calls([{?MODULE, add, 2}], [{[1, '_'], [], [{disable_trace, call}]}, {'_', [], []}], [local], [call], fun() -> [add(X, 0) || X <- [0, 1, 2]] end),
    calls([{?MODULE, add, 2}], [{[1, '_'], [], [{enable_trace, arity}]}, {'_', [], []}], [local], [call], fun() -> [add(X, 0) || X <- [0, 1, 2]] end),
    calls([{?MODULE, add, 2}], [{[1, '_'], [], [{trace, [], [arity]}]}, {[2, '_'], [], [{trace, [arity, call], []}]}, {'_', [], []}], [local], [call],
          fun() -> [add(X, 0) || X <- [0, 1, 3, 2, 4]] end),
    calls([{?MODULE, add, 2}], [{'_', [], [{set_tcw, 7}, {message, {get_tcw}}]}], [local], [call], fun() -> add(1, 2) end),
    io:format("~p~n", [erlang:system_flag(trace_control_word, 0)]),
    calls([{?MODULE, add, 2}], [{'_', [], [{set_seq_token, label, 17}, {message, {is_seq_trace}}]}, {'_', [], []}], [local], [call],
          fun() -> add(1, 2), seq_trace:set_token([]) end),
    info(), errors(), meta(), counters(), times(), later().

return() -> [{'_', [], [{return_trace}]}].
exceptions() -> [{'_', [], [{exception_trace}]}].

calls(Functions, Spec, Options, Flags, F) ->
    Tracer = spawn_link(fun() -> collect([]) end),
    P = waiting(fun() -> F(), ok end),
    Counts = [erlang:trace_pattern(M, Spec, Options) || M <- Functions],
    1 = erlang:trace(P, true, [{tracer, Tracer} | Flags]),
    R = monitor(process, P),
    P ! go,
    receive {'DOWN', R, process, P, _} -> ok end,
    Off = [O || O <- Options, O =:= local orelse O =:= meta orelse O =:= call_count],
    [erlang:trace_pattern(M, false, Off) || M <- Functions],
    Tracer ! {get, self()},
    receive {Tracer, Events} ->
        io:format("~p ~p ~p ~p:~n", [length(Functions), lists:sum(Counts) > 0, Options, Flags]),
        [io:format("  ~p~n", [plain(E, P)]) || E <- Events]
    end,
    unlink(Tracer), exit(Tracer, kill).
%% A process that waits for `go`, and does wait.
waiting(F) ->
    Me = self(),
    P = spawn(fun() -> Me ! {ready, self()}, receive go -> F() end end),
    receive {ready, P} -> settle(P) end.
settle(P) -> case process_info(P, status) of {status, waiting} -> P; _ -> erlang:yield(), settle(P) end.

collect(A) -> receive {get, P} -> P ! {self(), lists:reverse(A)}, collect([]); X -> collect([X | A]) end.
plain(P, P) -> tracee;
plain(X, _) when is_pid(X) -> pid;
plain(X, _) when is_function(X) -> function;
plain({A, B, C}, _) when is_integer(A), A > 1000, is_integer(B), is_integer(C) -> time;
plain(T, P) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T), P));
plain([A | B], P) -> [plain(A, P) | plain(B, P)];
plain(X, _) -> X.

info() ->
    F = {?MODULE, add, 2},
    Show = fun() -> io:format("~p~n", [[erlang:trace_info(F, I) || I <- [traced, match_spec, meta, meta_match_spec, call_count, call_time, all]]]) end,
    Show(),
    erlang:trace_pattern(F, true, []), Show(),
    erlang:trace_pattern(F, return(), []), Show(),
    erlang:trace_pattern(F, return(), [local]), Show(),
    erlang:trace_pattern(F, true, [call_count]), Show(),
    erlang:trace_pattern(F, pause, [call_count]), Show(),
    erlang:trace_pattern(F, false, [local]), Show(),
    erlang:trace_pattern(F, true, [call_time]), Show(),
    erlang:trace_pattern(F, true, []), Show(),
    erlang:trace_pattern(F, false, []), Show(),
    io:format("~p~n", [[erlang:trace_info(X, all) || X <- [{no_such_module, a, 1}, {?MODULE, nothing, 1}, {?MODULE, hidden, 1}, {erlang, abs, 1}]]]),
    L = [traced, match_spec, meta, meta_match_spec, call_count, call_time, all],
    OnLoad = fun() -> io:format("~p~n", [[erlang:trace_info(on_load, I) || I <- L]]) end,
    OnLoad(),
    erlang:trace_pattern(on_load, true, []), OnLoad(),
    erlang:trace_pattern(on_load, return(), [local]), OnLoad(),
    erlang:trace_pattern(on_load, true, [call_count]), OnLoad(),
    erlang:trace_pattern(on_load, false, [local]), OnLoad(),
    erlang:trace_pattern(on_load, false, [call_count]), OnLoad().

errors() ->
    [io:format("~p~n", [try erlang:trace_pattern(A, B, C) catch X:R -> {X, R} end])
     || {A, B, C} <- [{{?MODULE, add, 2}, foo, []}, {{?MODULE, add, 2}, true, [foo]}, {{?MODULE, add, 2}, true, [local, global]},
                      {{?MODULE, add, 2}, true, [global, meta]}, {{?MODULE, add, 2}, true, foo}, {{?MODULE, '_', 2}, true, []},
                      {{'_', add, '_'}, true, []}, {{1, add, 2}, true, []}, {{?MODULE, add}, true, []}, {foo, true, []},
                      {{?MODULE, add, 2}, [{'_', [], [{no_such}]}], []}, {{?MODULE, add, 2}, [{foo, [], []}], []},
                      {{?MODULE, add, 2}, [{'_', [], [{return_trace}]}], [call_count]}, {{?MODULE, add, 2}, true, [{meta, foo}]},
                      {{no_such_module, '_', '_'}, true, [local]}, {{?MODULE, add, 77}, true, [local]}, {{?MODULE, add, 2}, false, [local]}]],
    [io:format("~p~n", [erlang:match_spec_test([1, 2], S, trace)])
     || S <- [[{['$1', '$2'], [], [{message, '$2'}, {return_trace}, {exception_trace}]}], [{['_'], [], []}], [{'_', [], [{caller}]}],
              [{'_', [{get_tcw}], []}], [{'_', [{is_seq_trace}], []}], [{'_', [{caller}], []}], [{foo, [], []}], [{'_', [], [{message}]}],
              [{'_', [], [{return_trace, 1}]}], [{'_', [], [{set_tcw, 1}, {message, {get_tcw}}]}], [{'_', [], [{silent, true}]}]]],
    io:format("~p~n", [erlang:match_spec_test({1, 2}, [{'_', [], [{return_trace}]}], table)]).

meta() ->
    T = spawn_link(fun() -> collect([]) end),
    1 = erlang:trace_pattern({?MODULE, add, 2}, return(), [{meta, T}]),
    {meta, T} = erlang:trace_info({?MODULE, add, 2}, meta),
    add(1, 2), ?MODULE:add(3, 4),
    io:format("~p~n", [erlang:trace_info({?MODULE, add, 2}, meta_match_spec)]),
    1 = erlang:trace_pattern({?MODULE, add, 2}, false, [meta]),
    add(5, 6),
    T ! {get, self()},
    receive {T, Events} -> [io:format("  ~p~n", [plain(E, self())]) || E <- Events] end,
    unlink(T), exit(T, kill).

counters() ->
    F = {?MODULE, count, 1},
    1 = erlang:trace_pattern(F, true, [call_count]),
    count(10), io:format("~p~n", [erlang:trace_info(F, call_count)]),
    1 = erlang:trace_pattern(F, pause, [call_count]),
    count(10), io:format("~p~n", [erlang:trace_info(F, call_count)]),
    1 = erlang:trace_pattern(F, restart, [call_count]),
    count(3), io:format("~p~n", [erlang:trace_info(F, call_count)]),
    1 = erlang:trace_pattern(F, false, [call_count]),
    io:format("~p~n", [erlang:trace_info(F, call_count)]).

times() ->
    F = {?MODULE, twice, 1},
    1 = erlang:trace_pattern(F, true, [call_time]),
    1 = erlang:trace(self(), true, [call]),
    [twice(N) || N <- lists:seq(1, 20)],
    1 = erlang:trace(self(), false, [call]),
    {call_time, [{P, 20, S, _}]} = erlang:trace_info(F, call_time),
    io:format("~p ~p~n", [P =:= self(), S]),
    1 = erlang:trace_pattern(F, pause, [call_time]),
    twice(1),
    {call_time, [{_, 20, _, _}]} = erlang:trace_info(F, call_time),
    1 = erlang:trace_pattern(F, restart, [call_time]),
    io:format("~p~n", [erlang:trace_info(F, call_time)]),
    1 = erlang:trace_pattern(F, false, [call_time]).

%% A module that is loaded, and replaced, while there are patterns.
later() ->
    Source = fun(N) -> [{attribute, 1, module, loaded_later}, {attribute, 1, export, [{f, 0}, {g, 0}]},
                        {function, 1, f, 0, [{clause, 1, [], [], [{call, 1, {atom, 1, h}, []}]}]},
                        {function, 1, g, 0, [{clause, 1, [], [], [{call, 1, {remote, 1, {atom, 1, loaded_later}, {atom, 1, f}}, []}]}]},
                        {function, 1, h, 0, [{clause, 1, [], [], [{integer, 1, N}]}]}] end,
    Load = fun(N) -> {ok, M, B} = compile:forms(Source(N), []), catch erlang:purge_module(M), {module, M} = erlang:load_module(M, B) end,
    Run = fun() ->
        T = spawn_link(fun() -> collect([]) end),
        P = waiting(fun() -> loaded_later:f(), loaded_later:g() end),
        1 = erlang:trace(P, true, [call, {tracer, T}]),
        R = monitor(process, P), P ! go, receive {'DOWN', R, _, _, _} -> ok end,
        T ! {get, self()},
        receive {T, Events} -> io:format("~p~n", [[M || {trace, _, call, M} <- Events]]) end,
        unlink(T), exit(T, kill) end,
    erlang:trace_pattern(on_load, true, [local]),
    Load(1), Run(),
    erlang:trace_pattern(on_load, false, [local]),
    Load(2), Run(),
    erlang:trace_pattern({loaded_later, '_', '_'}, true, []), Run(),
    Load(3), Run(),
    erlang:trace_pattern(on_load, true, []),
    Load(4), Run(),
    erlang:trace_pattern(on_load, false, []),
    erlang:purge_module(loaded_later), erlang:delete_module(loaded_later), erlang:purge_module(loaded_later),
    io:format("~p~n", [erlang:trace_info({loaded_later, f, 0}, traced)]).
