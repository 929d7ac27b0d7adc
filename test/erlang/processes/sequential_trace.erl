%% seq_trace: tokens, how they count, and what the tracer hears.
-module(sequential_trace).
-export([main/0]).

token() -> element(2, process_info(self(), sequential_trace_token)).

main() ->
    seq_trace:module_info(),
    Self = self(),
    Tracer = spawn(fun() -> collect([]) end),
    P = spawn(fun() -> peer(Self) end),
    Before = [seq_trace:get_token(), seq_trace:get_token(label), seq_trace:get_token(send), seq_trace:print(x)],
    Old = seq_trace:set_system_tracer(Tracer),
    O = [seq_trace:set_token(label, 17)],
    T0 = token(),
    O2 = [seq_trace:set_token(F, true) || F <- [send, 'receive', print]],
    T1 = token(),
    self() ! a,
    T2 = token(),
    receive a -> ok end,
    T3 = token(),
    P ! go,
    T4 = token(),
    receive {x, _, _, _} = X -> ok end,
    T5 = token(),
    erlang:seq_trace_print(17, hello),
    T6 = token(),
    No = erlang:seq_trace_print(18, hello),
    erlang:send_after(1, self(), timer),
    receive timer -> ok end,
    T7 = token(),
    I = [erlang:seq_trace_info(W) || W <- [label, serial, send, 'receive', print, timestamp, monotonic_timestamp, strict_monotonic_timestamp]],
    seq_trace:set_token(label, {x, "y"}),
    seq_trace:set_token(timestamp, true),
    seq_trace:print(foo),
    P ! again,
    receive after 50 -> ok end,
    T8 = token(),
    O3 = [seq_trace:set_token(serial, {5, 9}), seq_trace:set_token(send, false)],
    T9 = token(),
    Previous = seq_trace:set_token([]),
    T10 = token(),
    self() ! plain,
    receive plain -> ok end,
    T11 = token(),
    P ! stop,
    Tracer ! {get, self()},
    receive {trace, L} -> ok end,
    Tracer ! stop,
    Clean = fun C(Y) when Y =:= Self -> self; C(Y) when Y =:= P -> peer; C(Y) when is_tuple(Y) -> list_to_tuple(C(tuple_to_list(Y)));
                C([H | T]) -> [C(H) | C(T)]; C(Y) -> Y end,
    [t:p(Clean(Y)) || Y <- [Before, Old, O, T0, O2, T1, T2, T3, T4, X, T5, T6, No, T7, I, T8, O3, T9, Previous, T10, T11]],
    [t:p(case Clean(Z) of {seq_trace, A, B, {_, _, _}} -> {seq_trace, A, B, time}; Y -> Y end) || Z <- L],
    [t:e(bad, fun() -> erlang:seq_trace(A, B) end) || {A, B} <- [{send, 1}, {serial, 1}, {serial, {a, 1}}, {nope, 1}, {1, 1}]],
    t:e(bad, fun() -> erlang:seq_trace_info(nope) end),
    t:e(bad, fun() -> erlang:seq_trace_info(1) end),
    t:p(seq_trace:reset_trace()).

peer(Self) ->
    receive go -> Self ! {x, a, token(), b} end,
    receive again -> ok end,
    receive stop -> ok end.

collect(L) ->
    receive
        {get, P} -> P ! {trace, lists:reverse(L)}, collect(L);
        stop -> ok;
        M -> collect([M | L])
    end.
