%% Tuples and atoms: dispatch over tagged tuples.
-module(pattern_match).
-export([run/0]).

run() ->
    Ops = [{add, 3}, {sub, 1}, {mul, 2}, neg, {swap, 1, 2}, {'if', true, {add, 7}}, {list, [1, 2, 3]}, nop],
    loop(5000000, Ops, 1).

loop(0, _, Acc) -> Acc;
loop(N, Ops, Acc) -> loop(N - 1, Ops, exec(Ops, Acc) band 16#FFFFFF).

exec([], A) -> A;
exec([Op | Ops], A) -> exec(Ops, step(Op, A)).

step({add, N}, A) -> A + N;
step({sub, N}, A) -> A - N;
step({mul, N}, A) -> A * N;
step(neg, A) -> -A;
step({swap, X, Y}, A) -> A + Y - X;
step({'if', true, Op}, A) -> step(Op, A);
step({'if', false, _}, A) -> A;
step({list, L}, A) -> sum(L, A);
step(nop, A) -> A.

sum([H | T], A) -> sum(T, A + H);
sum([], A) -> A.
