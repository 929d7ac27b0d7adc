-module(integer_text).
-export([main/0]).

main() ->
    Values = [0, 1, -1, 9, 10, -10, 99999, 1 bsl 59, -(1 bsl 59), 1 bsl 60, 1 bsl 63, -(1 bsl 63), 1 bsl 64, 1 bsl 200,
              -(1 bsl 129)],
    [io:format("~s ~s ~s~n", [integer_to_list(V), integer_to_binary(V), integer_to_list(V, 7)]) || V <- Values],
    [true = (list_to_integer(integer_to_list(V, B), B) =:= V) || V <- Values, B <- lists:seq(2, 36)],
    [true = (binary_to_integer(integer_to_binary(V, B), B) =:= V) || V <- Values, B <- [2, 8, 10, 16, 36]],
    t:p([list_to_integer(S) || S <- ["0", "+5", "-0", "007", "-00012", "123456789012345678901234567890"]]),
    t:p([list_to_integer(S, 16) || S <- ["ff", "FF", "-Ff", "+10"]]),
    [t:e(S, fun() -> list_to_integer(S) end) || S <- ["", "-", "+", "1a", " 1", "1 ", "1.0", "--1"]],
    [t:e(S, fun() -> list_to_integer(S, 2) end) || S <- ["12", "2", "10"]],
    [t:e("base", fun() -> list_to_integer("1", B) end) || B <- [1, 37, a]],
    [t:e(B, fun() -> binary_to_integer(B) end) || B <- [<<"17">>, <<>>, <<"1x">>, <<"-">>]],
    t:e("bits", fun() -> binary_to_integer(<<1:3>>) end),
    t:e("atom", fun() -> integer_to_list(a) end),
    t:e("integer_to_binary base", fun() -> integer_to_binary(1, 1) end),
    t:p([string:to_integer(S) || S <- ["12abc", "abc", "-7,8", ""]]),
    t:p([string:to_float(S) || S <- ["1.5abc", "abc", "-7.25e2,8", "1"]]).
