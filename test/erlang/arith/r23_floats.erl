%% options: +r23
%% Float code as an older compiler wrote it.
-module(r23_floats).
-export([main/0]).

main() ->
    t:p(poly(t:id(2.5), t:id(4))),
    t:p(fneg(t:id(3.5))),
    t:p(sum([0.5, 1, 2.25, 1 bsl 66], 0.0)),
    t:e("badarith", fun() -> poly(t:id(a), 1) end),
    t:e("overflow", fun() -> t:id(1.0e308) * t:id(1.0e308) * 1.0 end),
    t:e("zero", fun() -> 1.0 / (t:id(2.0) - 2.0) end).

poly(X, Y) -> (X * X + Y / 2.0 - 3.0 * X) / (Y + 1.0).

fneg(X) -> -(X * 1.0).

sum([H | T], Acc) -> sum(T, Acc + H * 1.0);
sum([], Acc) -> Acc.
