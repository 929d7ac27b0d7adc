%% Binaries: parse a packet stream.
-module(binary_parse).
-export([run/0]).

run() ->
    B = iolist_to_binary([packet(I) || I <- lists:seq(1, 20000)]),
    loop(150, B, 0).

packet(I) -> <<1:4, (I band 15):4, I:16, (I rem 5), (binary:copy(<<I>>, I rem 5))/binary, (I * 3):32/little, 0:3, I:13/signed>>.

loop(0, _, Acc) -> Acc;
loop(N, B, Acc) -> loop(N - 1, B, (Acc + parse(B, 0)) band 16#FFFFFFF).

parse(<<1:4, F:4, Id:16, L, P:L/binary, W:32/little, _:3, S:13/signed, R/binary>>, A) ->
    parse(R, (A + F + Id + byte_size(P) + W + S) band 16#FFFFFFF);
parse(<<>>, A) -> A.
