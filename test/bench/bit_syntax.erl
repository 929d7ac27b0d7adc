%% Bit syntax: fields that cross bytes.
-module(bit_syntax).
-export([run/0]).

run() ->
    B = list_to_bitstring([<<I:11>> || I <- lists:seq(1, 50000)]),
    loop(40, B, 0).

loop(0, _, A) -> A;
loop(N, B, A) -> loop(N - 1, B, (A + eleven(B, 0) + bits(B, 0)) band 16#FFFFFFF).

eleven(<<X:11, R/bits>>, A) -> eleven(R, A + X);
eleven(<<>>, A) -> A.

bits(<<1:1, R/bits>>, A) -> bits(R, A + 1);
bits(<<_:3, R/bits>>, A) -> bits(R, A);
bits(_, A) -> A.
