%% Loops whose operands the compiler proves to be small, ranges included: the Type chunk at work.
-module(typed_arith).
-export([main/0]).

main() ->
    t:p(sum(0, 100000, 0)),
    t:p(masked(t:id(16#FFFFFFFFFFFF), t:id(77))),
    t:p(bytes(list_to_binary(lists:seq(0, 255)), 0)),
    t:p(edge(t:id(16#7FFFFFFFFFFFFFF))),
    t:p(hash("the quick brown fox", 5381)),
    t:p([clamp(X) || X <- [-5, 0, 3, 17, 100, 1 bsl 70]]),
    t:p(div_rem(t:id(1000), t:id(7))),
    t:p(shift(t:id(3), t:id(12))),
    t:p(lcg(t:id(42), 1000)),
    t:p(collatz(27, 0)).

sum(I, N, Acc) when I < N -> sum(I + 1, N, Acc + I);
sum(_, _, Acc) -> Acc.

masked(A, B) ->
    X = A band 16#FFFFFFFF,
    Y = B band 16#FF,
    {X + Y, X * Y, X - Y, X bxor Y, X bsl 4, X bsr Y, (X bsl 28) + Y, X div (Y + 1), X rem (Y + 1)}.

bytes(<<B, Rest/binary>>, Acc) -> bytes(Rest, (Acc * 31 + B) band 16#FFFFFF);
bytes(<<>>, Acc) -> Acc.

edge(X) when is_integer(X), X >= 0, X < 16#800000000000000 -> {X + 1, X - 1, X * 2, X + X, X * X, -X}.

hash([C | Cs], H) -> hash(Cs, ((H bsl 5) + H + C) band 16#FFFFFFFF);
hash([], H) -> H.

clamp(X) when X < 0 -> 0;
clamp(X) when X > 15 -> 15;
clamp(X) -> X + 1.

div_rem(A, B) when is_integer(A), A >= 0, A < 10000, is_integer(B), B > 0, B < 100 ->
    {A div B, A rem B, A div 8, A rem 8, A bsr 3, A band 7}.

shift(A, N) when A < 16, N < 40, is_integer(N), N >= 0 -> {A bsl N, A bsr N, (A bsl N) bor 1}.

lcg(X, 0) -> X;
lcg(X, N) -> lcg((X * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF, N - 1).

collatz(1, N) -> N;
collatz(X, N) when X rem 2 =:= 0 -> collatz(X div 2, N + 1);
collatz(X, N) -> collatz(3 * X + 1, N + 1).
