%% What is wrong with a fun is found after the call has been made: the caller stands in the stack trace twice.
-module(wrong_funs).
-export([main/0, one/1, last/1, two/1, from_dictionary/1, caught/1]).

main() ->
    put(fun_of_main, 5),
    Tests = [fun() -> {one(5)} end, fun() -> {last(5)} end, fun() -> {two(5)} end, fun() -> {from_dictionary(5)} end,
             fun() -> {one(fun() -> 1 end)} end, fun() -> {last(fun() -> 1 end)} end, fun() -> {caught(fun() -> 1 end)} end,
             fun() -> {one(fun nope:x/1)} end, fun() -> {one(fun nope:x/2)} end, fun() -> {caught(a)} end],
    lists:foreach(fun try_it/1, Tests).

try_it(Test) ->
    try io:format("~p~n", [Test()])
    catch Class:Reason:Stack -> io:format("~p ~w~n~p~n", [Class, is_tuple(Reason) andalso element(1, Reason), Stack])
    end.

one(X) -> Y = X(1), {Y}.

last(X) -> X(1).

two(X) -> Y = apply(X, [1, 2]), {Y}.

from_dictionary(X) ->
    t:id(X),
    Y = (get(fun_of_main))(1),
    {Y}.

caught(X) ->
    A = t:id(1),
    B = try X(1) catch error:_:Stack -> length(Stack) > 1 end,
    C = catch X(2),
    {A, B, element(1, C)}.
