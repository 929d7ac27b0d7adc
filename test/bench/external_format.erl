%% term_to_binary and back.
-module(external_format).
-export([run/0]).

run() ->
    Term = [{I, float(I), integer_to_list(I), <<I:32>>, #{key => I, {a, I} => [atom, true]}, I bsl 70} || I <- lists:seq(1, 2000)],
    loop(200, Term, 0).

loop(0, _, A) -> A;
loop(N, T, A) ->
    B = term_to_binary(T),
    T = binary_to_term(B),
    loop(N - 1, T, A + byte_size(B)).
