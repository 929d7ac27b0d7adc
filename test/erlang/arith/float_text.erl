-module(float_text).
-export([main/0]).

main() ->
    Values = [0.0, -0.0, 1.0, 0.1, 0.2, 0.3, 0.1 + 0.2, 1.0e15, 1.0e16, 1.0e21, 1.0e22, 1.0e23, 123456789.0,
              1.0e-3, 1.0e-4, 1.0e-5, 1.5e-7, 1.0e100, 1.7976931348623157e308, 2.2250738585072014e-308, 5.0e-324,
              4503599627370496.5, 9007199254740993.0, 100000.0, 1234567.125, 3.141592653589793],
    [begin
         S = float_to_list(V, [short]),
         true = (list_to_float(S) =:= V),
         io:format("~w ~s ~s ~s ~s ~s~n", [V, S, float_to_list(V), float_to_binary(V, [{scientific, 3}]),
                                           io_lib:format("~p", [V]), io_lib:format("~g", [V])])
     end || V <- Values],
    t:p([float_to_list(V, [{decimals, D}]) || V <- [0.0, 1.005, -2.5, 1234.5678, 1.0e10], D <- [0, 1, 2, 4, 10]]),
    t:p([float_to_list(V, [{decimals, D}, compact]) || V <- [0.0, 1.5, 1234.5678, 100.0, 9007199254740992.0, 1.0e16, -1.0e22, 1.0e30], D <- [0, 2, 8]]),
    t:p([float_to_binary(V, [{scientific, D}]) || V <- [0.0, 1.5, -1234.5678e20], D <- [0, 2, 20]]),
    t:p([list_to_float(S) || S <- ["1.0", "-1.5e3", "1.0e-10", "+0.5", "123.456E2"]]),
    [t:e(S, fun() -> list_to_float(S) end) || S <- ["1", "1.", ".5", "1e3", "abc", "", "1.0 ", "1.0e999"]],
    [t:e(B, fun() -> binary_to_float(B) end) || B <- [<<"1.25">>, <<"1">>, <<"x">>]],
    t:e("bad option", fun() -> float_to_list(1.0, [foo]) end),
    t:e("decimals of huge", fun() -> length(float_to_list(1.0e300, [{decimals, 2}])) end),
    t:p(io_lib:format("~.3f ~10.2f ~e ~.10e", [2.0 / 3, 1.0e5 / 7, 1.0e10, 1 / 3])).
