%% Sorting: lists:sort, keysort, with a fun, usort.
-module(sorting).
-export([run/0]).

run() ->
    L = random(150000, 42, []),
    S = lists:sort(L),
    K = lists:keysort(2, [{X, X rem 1000} || X <- L]),
    F = lists:sort(fun(A, B) -> A > B end, L),
    U = lists:usort([X rem 5000 || X <- L]),
    Q = qsort(L),
    {erlang:phash2(S), erlang:phash2(K), erlang:phash2(F), length(U), Q =:= S}.

random(0, _, A) -> A;
random(N, X, A) -> Y = (X * 1103515245 + 12345) band 16#7FFFFFFF, random(N - 1, Y, [Y | A]).

qsort([]) -> [];
qsort([P | T]) ->
    {A, B} = split(P, T, [], []),
    qsort(A) ++ [P | qsort(B)].

split(_, [], A, B) -> {A, B};
split(P, [H | T], A, B) when H < P -> split(P, T, [H | A], B);
split(P, [H | T], A, B) -> split(P, T, A, [H | B]).
