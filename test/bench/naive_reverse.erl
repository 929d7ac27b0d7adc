%% Lists: quadratic reverse.
-module(naive_reverse).
-export([run/0]).

run() ->
    L = lists:seq(1, 1000),
    loop(150, L).

loop(1, L) -> erlang:phash2(nrev(L));
loop(N, L) -> nrev(L), loop(N - 1, L).

nrev([]) -> [];
nrev([H | T]) -> append(nrev(T), [H]).

append([], L) -> L;
append([H | T], L) -> [H | append(T, L)].
