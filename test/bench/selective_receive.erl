%% Processes: receive past a full mailbox.
-module(selective_receive).
-export([run/0]).

run() ->
    [self() ! {noise, I} || I <- lists:seq(1, 2000)],
    A = pick(15000, 0),
    B = calls(60000, spawn(fun() -> echo() end), 0),
    {A, B, drain(0)}.

pick(0, A) -> A;
pick(N, A) -> self() ! {wanted, N}, receive {wanted, M} -> pick(N - 1, A + M) end.

calls(0, P, A) -> P ! stop, A;
calls(N, P, A) -> R = make_ref(), P ! {self(), R, N}, receive {R, M} -> calls(N - 1, P, A + M) end.

echo() -> receive {F, R, N} -> F ! {R, N}, echo(); stop -> ok end.

drain(N) -> receive {noise, _} -> drain(N + 1) after 0 -> N end.
