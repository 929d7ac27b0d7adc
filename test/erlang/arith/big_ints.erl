-module(big_ints).
-export([main/0]).

main() ->
    t:p(fact(30)),
    t:p(fact(100)),
    t:p(fact(100) div fact(98)),
    t:p(fact(50) rem (1 bsl 67 - 1)),
    t:p(-fact(30) div 12345678901234567890),
    t:p(-fact(30) rem 12345678901234567890),
    t:p(fact(25) - fact(25)),
    t:p(fact(25) - (fact(25) - 1)),
    t:p(pow(3, 300)),
    t:p(pow(-7, 101)),
    t:p(fib(500)),
    t:p(gcd(fact(40), pow(6, 30))),
    t:p(erlang:phash2(fact(60))),
    t:p(isqrt(pow(10, 80))),
    t:p([A * B || A <- [1 bsl 64, -(1 bsl 64), 1 bsl 128 - 1, 0, 1, -1], B <- [1 bsl 64 + 1, -3, 0]]),
    t:p([A div B || A <- [1 bsl 128, -(1 bsl 128), 5], B <- [1 bsl 64, -(1 bsl 64), 7, 1 bsl 200]]),
    t:p([A rem B || A <- [1 bsl 128 + 5, -(1 bsl 128) - 5, 5], B <- [1 bsl 64, -(1 bsl 64), 7, 1 bsl 200]]),
    t:p(integer_to_list(pow(2, 200), 16)),
    t:p(list_to_integer("-1234567890123456789012345678901234567890")),
    t:p(binary_to_integer(<<"zz999999999999999999">>, 36)),
    t:p(length(integer_to_list(fact(2000)))),
    t:p(lists:sum([D - $0 || D <- integer_to_list(fact(1000))])),
    t:e("div by zero", fun() -> fact(30) div t:id(0) end),
    t:e("rem by zero", fun() -> fact(30) rem t:id(0) end).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

pow(_, 0) -> 1;
pow(B, N) when N rem 2 =:= 0 -> pow(B * B, N div 2);
pow(B, N) -> B * pow(B, N - 1).

fib(N) -> fib(N, 0, 1).
fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

isqrt(N) -> isqrt(N, N).
isqrt(N, X) ->
    case (X + N div X) div 2 of
        Y when Y >= X -> X;
        Y -> isqrt(N, Y)
    end.
