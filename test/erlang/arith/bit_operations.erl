-module(bit_operations).
-export([main/0]).

main() ->
    Values = [t:id(V) || V <- [0, 1, -1, 5, -5, 255, 1 bsl 31, 1 bsl 59, -(1 bsl 59), 1 bsl 60, -(1 bsl 60),
                               1 bsl 63, -(1 bsl 63), 1 bsl 64, -(1 bsl 64), 1 bsl 64 - 1, 1 bsl 100,
                               -(1 bsl 100), -(1 bsl 100) - 1, 16#DEADBEEFCAFEBABE0123456789ABCDEF]],
    [io:format("~w ~w: ~w ~w ~w~n", [A, B, A band B, A bor B, A bxor B]) || A <- Values, B <- Values],
    [io:format("bnot ~w: ~w~n", [A, bnot A]) || A <- Values],
    Shifts = [t:id(S) || S <- [0, 1, 2, 7, 31, 58, 59, 60, 61, 62, 63, 64, 65, 128, -1, -3, -59, -64, -100]],
    [io:format("~w by ~w: ~w ~w~n", [A, S, A bsl S, A bsr S]) || A <- Values, S <- Shifts],
    t:p([1 bsr t:id(1 bsl 70), -1 bsr t:id(1 bsl 70), 0 bsl t:id(1 bsl 70), 5 bsl t:id(-(1 bsl 70))]),
    t:e("bsl of a float", fun() -> t:id(1.0) bsl 1 end),
    t:e("band of an atom", fun() -> t:id(a) band 1 end),
    t:e("bnot of a list", fun() -> bnot t:id([]) end),
    t:p([guard(A) || A <- [3, 4, a, 1.0, 1 bsl 80]]).

guard(X) when X band 1 =:= 1 -> odd;
guard(X) when X bsr 70 > 0 -> huge;
guard(_) -> other.
