%% args: world joist
%% The example of the README: greets everyone it is given, each from a process of its own.
-module(greeting).
-export([main/1]).

main(Names) ->
    Self = self(),
    Pids = [spawn(fun() -> Self ! {self(), greet(Name)} end) || Name <- Names],
    [receive {Pid, Text} -> io:format("~s~n", [Text]) end || Pid <- Pids],
    Primes = length([N || N <- lists:seq(2, 1000), prime(N, 2)]),
    io:format("and there are ~w primes below 1000~n", [Primes]).

greet(Name) -> "hello, " ++ string:titlecase(Name).

prime(N, D) when D * D > N -> true;
prime(N, D) -> N rem D =/= 0 andalso prime(N, D + 1).
