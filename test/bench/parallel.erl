%% Parallel speed-up: independent work on all schedulers.
-module(parallel).
-export([run/0]).

run() ->
    Self = self(),
    Ps = [spawn(fun() -> Self ! {self(), primes(60000 + I)} end) || I <- lists:seq(1, 16)],
    [receive {P, X} -> X end || P <- Ps].

primes(N) -> count(2, N, 0).

count(N, N, A) -> A;
count(I, N, A) -> case prime(I, 2) of true -> count(I + 1, N, A + 1); false -> count(I + 1, N, A) end.

prime(N, D) when D * D > N * 4 -> true;
prime(N, D) when N rem D =:= 0, N =/= D -> false;
prime(N, D) -> prime(N, D + 1).
