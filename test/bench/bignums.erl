%% Big integers: products, powers, division, text.
-module(bignums).
-export([run/0]).

run() ->
    F = fact(8000, 1),
    P = pow(3, 20000),
    Fib = fibs(20000, 0, 1),
    R = [F div (P + I) rem 1000003 || I <- lists:seq(1, 5)],
    {erlang:phash2(F), P rem 1000007, Fib rem 1000007, R, length(integer_to_list(F)),
     loop(1200000, 16#123456789ABCDEF0123456789)}.

fact(0, A) -> A;
fact(N, A) -> fact(N - 1, A * N).

pow(_, 0) -> 1;
pow(B, N) when N rem 2 =:= 0 -> pow(B * B, N div 2);
pow(B, N) -> B * pow(B, N - 1).

fibs(0, A, _) -> A;
fibs(N, A, B) -> fibs(N - 1, B, A + B).

loop(0, X) -> X;
loop(N, X) -> loop(N - 1, (X * 6364136223846793005 + N) band ((1 bsl 128) - 1)).
