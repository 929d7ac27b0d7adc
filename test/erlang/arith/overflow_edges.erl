%% Around the limits of small integers of every tagging scheme, and of machine words.
-module(overflow_edges).
-export([main/0]).

main() ->
    Edges = lists:usort([S * ((1 bsl E) + D) || E <- [27, 28, 31, 32, 59, 60, 61, 62, 63, 64, 65],
                                                D <- [-2, -1, 0, 1, 2], S <- [1, -1]]),
    [io:format("~w: +1 ~w -1 ~w neg ~w abs ~w dbl ~w sq ~w bnot ~w~n",
               [E, inc(E), dec(E), neg(E), abs(t:id(E)), dbl(E), sq(E), bnot t:id(E)]) || E <- Edges],
    Few = [t:id((1 bsl E) + D) || E <- [59, 61, 62, 63, 64], D <- [-1, 0, 1]],
    Both = Few ++ [-F || F <- Few],
    [io:format("~w ~w: ~w ~w ~w ~w ~w~n", [A, B, A + B, A - B, A * B, A div B, A rem B])
     || A <- Both, B <- Both],
    %% Back from big to small.
    [true = (E + 1 - 1 =:= E) || E <- Both],
    [true = is_integer(E) || E <- Both],
    t:p(erts_debug:flat_size([t:id(1 bsl 58)])),
    t:p(lists:sort(Both)),
    t:p(lists:foldl(fun(X, A) -> A * 31 + X end, 7, Edges)).

inc(X) -> X + 1.
dec(X) -> X - 1.
neg(X) -> -X.
dbl(X) -> X + X.
sq(X) -> X * X.
