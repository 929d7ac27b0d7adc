%% Strings: the string module and io_lib:format.
-module(strings).
-export([run/0]).

run() -> loop(25000, 0).

loop(0, A) -> A;
loop(N, A) ->
    S = lists:flatten(io_lib:format("~w: ~s = ~.3f [~p]", [N, "some name", N / 3, {a, [N], "text"}])),
    W = string:lexemes("the quick brown fox, jumps over the lazy dog", " ,"),
    U = string:uppercase(S),
    R = string:replace(S, "name", "title", all),
    loop(N - 1, (A + length(S) + length(W) + erlang:phash2(U, 1000) + iolist_size(R)) band 16#FFFFFFF).
