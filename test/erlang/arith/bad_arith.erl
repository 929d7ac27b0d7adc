-module(bad_arith).
-export([main/0]).

main() ->
    Bad = [a, [], {}, <<>>, "x", #{}, self_fun()],
    [begin
         t:e("+", fun() -> t:id(1) + B end), t:e("-", fun() -> B - t:id(1) end),
         t:e("*", fun() -> B * 2 end), t:e("/", fun() -> B / 2 end),
         t:e("div", fun() -> B div 2 end), t:e("rem", fun() -> 2 rem B end),
         t:e("neg", fun() -> -B end), t:e("abs", fun() -> abs(B) end),
         t:e("bsl", fun() -> B bsl 1 end)
     end || B <- [t:id(X) || X <- Bad, not is_function(X)]],
    t:e("div 0", fun() -> 1 div t:id(0) end),
    t:e("rem 0", fun() -> 1 rem t:id(0) end),
    t:e("/ 0", fun() -> 1 / t:id(0) end),
    t:e("/ 0.0", fun() -> 1 / t:id(0.0) end),
    t:e("div float", fun() -> 4.0 div t:id(2) end),
    t:e("rem float", fun() -> 4 rem t:id(2.0) end),
    t:e("overflow *", fun() -> t:id(1.0e308) * 10 end),
    t:e("overflow +", fun() -> t:id(1.7e308) + 1.7e308 end),
    t:e("big to float", fun() -> (1 bsl 1100) * t:id(1.0) end),
    t:e("float of big", fun() -> float(1 bsl t:id(1024)) end),
    t:st("trace", fun() -> deep(t:id(a)) end),
    t:st("operands", fun() -> op(1, b) end),
    t:p([catch guarded(X) || X <- [1, a, 0]]).

self_fun() -> fun main/0.

deep(X) -> [1 + X].

op(A, B) -> A * B.

guarded(X) when 10 div X > 1 -> yes;
guarded(_) -> no.
