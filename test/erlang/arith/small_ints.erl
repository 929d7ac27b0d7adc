-module(small_ints).
-export([main/0]).

main() ->
    Values = [t:id(V) || V <- [0, 1, -1, 2, 7, -7, 100, -100, 65535, 65536, 123456789]],
    [io:format("~w ~w: ~w ~w ~w ~w ~w~n",
               [A, B, A + B, A - B, A * B, quotient(A, B), remainder(A, B)]) || A <- Values, B <- Values],
    [io:format("~w: ~w ~w ~w~n", [A, -A, abs(A), bnot A]) || A <- Values],
    [io:format("~w ~w: ~w ~w ~w~n", [A, B, A band B, A bor B, A bxor B]) || A <- Values, B <- Values],
    t:p({add_constant(5), sub_constant(5), mul_constant(5)}),
    ok.

quotient(_, 0) -> none;
quotient(A, B) -> A div B.

remainder(_, 0) -> none;
remainder(A, B) -> A rem B.

add_constant(X) -> (X + 1) + (2 + X).
sub_constant(X) -> (X - 1) - (2 - X).
mul_constant(X) -> X * 3 * X.
