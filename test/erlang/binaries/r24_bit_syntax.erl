%% options: +r24
%% Construction as OTP 24's compiler wrote it: bs_init2, bs_put_*, bs_append, bs_private_append.
-module(r24_bit_syntax).
-export([main/0]).

main() ->
    A = t:id(16#1234), F = t:id(1.5), B = t:id(<<"bin">>), S = t:id(12),
    t:p(<<A, A:16/little, A:S, A:4, F/float, F:32/float-little, B/binary, B:2/binary, "str", (t:id(<<5:3>>))/bits, 1:5>>),
    t:p(<<(t:id(3)):S, (t:id(<<1:1>>))/bits>>), t:p(<<1:7>>), t:p(<<A:7, A:9/little>>),
    t:p(<<(t:id(955))/utf8, (t:id(955))/utf16, (t:id(66000))/utf16-little, (t:id(955))/utf32, 1>>),
    t:p(<<(t:id(955))/utf32-little>>), t:p(<<(t:id(66000))/utf16>>),
    t:p(append(<<>>, 300)), t:p(bits(<<1:1>>, 10)), t:p(<< <<X:3>> || X <- [1, 2, 3] >>), t:p(<< <<X, 0>> || <<X>> <= B >>),
    t:p(<< <<X/utf8>> || X <- "aå" >>), t:p(<<B:S/bits, (A bsl 40):64/signed-little>>), t:p(<<(1 bsl 70):80/little, (-5):72>>),
    t:e("int", fun() -> <<(t:id(a)):8>> end), t:e("float", fun() -> <<(t:id(a))/float>> end), t:e("bin", fun() -> <<(t:id(a))/binary>> end),
    t:e("size", fun() -> <<1:(t:id(-1))>> end), t:e("short", fun() -> <<B:9/binary>> end), t:e("utf8", fun() -> <<(t:id(16#D800))/utf8>> end),
    t:e("utf16", fun() -> <<(t:id(-1))/utf16>> end), t:e("utf32", fun() -> <<(t:id(16#110000))/utf32>> end),
    t:e("append", fun() -> <<(t:id(a))/binary, 1>> end), t:e("unit", fun() -> <<(t:id(<<1:1>>))/binary, 1>> end),
    t:e("huge", fun() -> <<1:(t:id(1 bsl 70))>> end), t:p(guard(<<1, 2>>)), t:p(guard(a)), t:p(byte_size(append(<<>>, 5000))),
    t:p(sizes(t:id(3), t:id(5))), t:p(bytes(t:id(1), t:id(<<"xyz">>))), t:p(bytes(t:id(1 bsl 80), t:id(<<>>))).

bytes(A, B) -> <<A:16, A:8, A:32/little, B/binary, "end">>.

append(B, 0) -> B;
append(B, N) -> append(<<B/binary, (N band 255)>>, N - 1).

bits(B, 0) -> B;
bits(B, N) -> bits(<<B/bits, N:3>>, N - 1).

guard(X) when <<X/binary, 3>> =:= <<1, 2, 3>> -> yes;
guard(_) -> no.

sizes(A, B) -> <<1:A, 2:B, 3:(A * B), (t:id(<<"abcdefgh">>)):A/binary, (t:id(<<255, 255>>)):B/bits, 0:(A + B)/unit:8>>.
