%% +X: compiled code adds 0, as its errors and -0.0 show; a call of the function does not.
-module(unary_plus).
-export([main/0]).

main() ->
    [show(F, X) || X <- [a, 1, 1 bsl 70, 1.5, -0.0, [], {}, <<1>>], F <- [fun compiled/1, fun called/1, fun minus/1]],
    io:format("~p~n", [[guard(X) || X <- [a, 1, 1 bsl 70, -0.0]]]).

show(F, X) ->
    io:format("~p~n", [try F(X) catch error:R:S -> {R, lists:sublist(S, 2)} end]).

compiled(X) -> Y = +X, {Y}.
called(X) -> P = list_to_atom("+"), {erlang:P(X)}.
minus(X) -> Y = -X, {Y}.
guard(X) when +X =:= X -> same;
guard(X) when +X == X -> equal;
guard(_) -> no.
