%% Processes: large messages copied to and fro.
-module(big_messages).
-export([run/0]).

run() ->
    T = [{I, "some text", [I, I + 1], {nested, {I}}} || I <- lists:seq(1, 2000)],
    P = spawn(fun() -> echo() end),
    R = loop(300, P, T, 0),
    P ! stop,
    R.

loop(0, _, _, A) -> A;
loop(N, P, T, A) -> P ! {self(), T}, receive {P, U} -> loop(N - 1, P, U, A + length(U)) end.

echo() -> receive {F, T} -> F ! {self(), T}, echo(); stop -> ok end.
