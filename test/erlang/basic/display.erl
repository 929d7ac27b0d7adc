%% erlang:display/1 and nothing else of the library: the first program that an engine can run.
-module(display).
-export([main/0]).

main() ->
    erlang:display(hello),
    erlang:display(42),
    erlang:display(-1),
    erlang:display([]),
    erlang:display([1, 2, 3]),
    erlang:display([a | b]),
    erlang:display("text"),
    erlang:display({}),
    erlang:display({a, {b, "c"}, [<<1, 2>>]}),
    erlang:display(<<>>),
    erlang:display(<<1, 2, 3>>),
    erlang:display(<<"binary">>),
    erlang:display(1.5),
    erlang:display(-0.001),
    erlang:display(1 bsl 70),
    erlang:display('an atom'),
    erlang:display(#{a => 1, b => 2}),
    erlang:display(fun erlang:self/0),
    erlang:display(<<1:3>>),
    erlang:display(fib(20)),
    erlang:display(map(fun(X) -> X * X end, [1, 2, 3])).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

map(_, []) -> [];
map(F, [H | T]) -> [F(H) | map(F, T)].
