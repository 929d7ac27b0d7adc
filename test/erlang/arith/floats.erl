-module(floats).
-export([main/0]).

main() ->
    Values = [t:id(V) || V <- [0.0, 1.0, -1.0, 0.1, 1.5, -2.75, 1.0e10, 1.0e-10, 123456.789, 3.0e200, 4.9e-324,
                               1.7976931348623157e308]],
    [io:format("~w: ~w ~w ~w ~w ~w~n", [V, -V, abs(V), V + 1, V - 0.5, V * 0.5]) || V <- Values],
    [io:format("~w / ~w = ~w~n", [A, B, A / B]) || A <- [1, 2.5, 10], B <- [3, 4.0, -7]],
    t:p([trunc(V) || V <- [1.9, -1.9, 0.0, 1.0e20, -1.0e25]]),
    t:p([round(V) || V <- [0.5, 1.5, -0.5, -1.5, 2.4999, 1.0e22, 4503599627370497.5]]),
    t:p([floor(V) || V <- [1.9, -1.9, 0.0, 1.0e20, 7, -7.0]]),
    t:p([ceil(V) || V <- [1.1, -1.1, 0.0, 1.0e20, 7, -7.0]]),
    t:p([float(V) || V <- [1, -1, 1 bsl 53 + 1, 1 bsl 64, 10000000000000000000000]]),
    t:p([math:sqrt(2), math:pow(2, 0.5), math:exp(1), math:log(10), math:log2(8), math:log10(1000)]),
    t:p([math:sin(1), math:cos(1), math:tan(1), math:atan(1), math:atan2(1, -1), math:asin(1), math:acos(0)]),
    t:p([math:floor(2.5), math:ceil(2.5), math:fmod(7.5, 2), math:pi()]),
    t:p([math:sinh(1), math:cosh(1), math:tanh(1), math:asinh(1), math:acosh(2), math:atanh(0.5)]),
    t:p([math:erf(0.5), math:erfc(0.5)]),
    t:e("sqrt", fun() -> math:sqrt(-1) end),
    t:e("log", fun() -> math:log(0) end),
    t:e("math atom", fun() -> math:sin(a) end),
    t:p(poly(t:id(1.5), 2, 3.25)),
    t:p(mean([1, 2.5, 3, 1 bsl 70])),
    t:p(norm({3, 4.0})),
    t:p(newton(2.0, 1.0, 20)),
    t:p([X == Y || X <- [1, 1.0, 0, -0.0], Y <- [1, 1.0, 0.0]]),
    t:p(0.0 =:= t:id(0.0)),
    t:p(lists:sum([0.1 || _ <- lists:seq(1, 10)])),
    t:p(float_loop(1000, 0.0)).

poly(X, A, B) -> A * X * X + B * X - 1.0 / X.

mean(List) -> lists:sum(List) / length(List).

norm({X, Y}) when is_number(X), is_number(Y) -> math:sqrt(X * X + Y * Y).

newton(_, G, 0) -> G;
newton(N, G, I) -> newton(N, (G + N / G) / 2, I - 1).

float_loop(0, Sum) -> -Sum;
float_loop(N, Sum) when is_float(Sum) -> float_loop(N - 1, Sum + 1 / (N * N)).
