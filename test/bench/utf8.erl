%% UTF-8: decode, encode, count.
-module(utf8).
-export([run/0]).

run() ->
    B = unicode:characters_to_binary(lists:flatten(lists:duplicate(4000, "hello wörld λ日本𝄞 plain text "))),
    loop(50, B, 0).

loop(0, _, A) -> A;
loop(N, B, A) ->
    L = unicode:characters_to_list(B),
    C = << <<X/utf8>> || X <- L >>,
    loop(N - 1, B, (A + chars(C, 0) + length(L) + erlang:crc32(C)) band 16#FFFFFFF).

chars(<<C/utf8, R/binary>>, A) -> chars(R, (A + C) band 16#FFFFFF);
chars(<<>>, A) -> A.
