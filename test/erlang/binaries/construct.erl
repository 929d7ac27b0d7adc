-module(construct).
-export([main/0]).

main() ->
    A = t:id(16#1234), N = t:id(-2), F = t:id(1.5), B = t:id(<<"bin">>), S = t:id(12),
    t:p(<<A, A:16, A:16/little, A:16/big, A:16/native>>), t:p(<<N:8, N:16, N:16/little, N:24/signed, N:3, 0:5>>),
    t:p([<<A:W/big, 0:(-W band 7)>> || W <- lists:seq(0, 40)]), t:p([<<A:W/little>> || W <- lists:seq(0, 40, 3)]),
    t:p(<<A:S, N:S, A:S/little, N:4>>), t:p(<<F/float, F:32/float, F:16/float, F:64/float-little, F:32/little-float>>),
    t:p(<<3/float, (1 bsl 60)/float>>),
    t:p(<<B/binary, B:2/binary, B/bits, (t:id(<<5:3>>))/bits, 0:5>>), t:p(<<B:16/bits, B:1/binary-unit:8, 9>>),
    t:p(<<"literal", "wide", A:8, "tail">>), t:p(<<"ab":16, "c":4, 0:4>>), t:p(<<"åλ"/utf8, "åλ"/utf16, "å"/utf32-little>>),
    t:p([<<C/utf8>> || C <- [0, 127, 128, 2047, 2048, 65535, 65536, 16#10FFFF]]),
    t:p([<<C/utf16>> || C <- [0, 65535, 65536, 16#10FFFF]]), t:p([<<C/utf16-little>> || C <- [65, 65536]]),
    t:p([<<C/utf32>> || C <- [0, 16#10FFFF]]), t:p([<<C/utf32-little>> || C <- [65]]),
    t:p(<<(1 bsl 70):80, (-(1 bsl 70)):80, (1 bsl 70):64, (1 bsl 100):128/little, (-1):72/little>>),
    t:p(bit_size(<<1:1, 2:2, 3:3>>)), t:p(<<1:1, 2:2, 3:3>>), t:p(<<1:3, "abc", 5:5>>), t:p(<<1:7, B/binary, 1:1>>),
    t:p(<<(t:id(<<1:1>>))/bits, (t:id(<<2:2>>))/bits, (t:id(<<255, 129>>))/bits, F/float, A:33, A:13/little>>),
    t:e("badarg int", fun() -> <<(t:id(a)):8>> end), t:e("badarg float", fun() -> <<(t:id(a))/float>> end),
    t:e("badarg int float", fun() -> <<(t:id(1.0)):8>> end), t:e("badarg bin", fun() -> <<(t:id(a))/binary>> end),
    t:e("badarg bits", fun() -> <<(t:id(<<1:3>>))/binary>> end), t:e("badarg size", fun() -> <<1:(t:id(-1))>> end),
    t:e("badarg size", fun() -> <<1:(t:id(a))>> end), t:e("badarg short", fun() -> <<(t:id(<<1>>)):2/binary>> end),
    t:e("utf8", fun() -> <<(t:id(16#D800))/utf8>> end), t:e("utf8", fun() -> <<(t:id(16#110000))/utf8>> end),
    t:e("utf8", fun() -> <<(t:id(-1))/utf8>> end), t:e("utf16", fun() -> <<(t:id(16#DFFF))/utf16>> end),
    t:e("utf32", fun() -> <<(t:id(a))/utf32>> end), t:e("float16", fun() -> <<(t:id(1.0e10)):16/float>> end),
    t:e("float32", fun() -> <<(t:id(1.0e300)):32/float>> end), t:e("float size", fun() -> <<(t:id(1.0)):(t:id(17))/float>> end),
    t:e("huge", fun() -> <<1:(t:id(1 bsl 70))>> end),
    t:p(<< <<X:4>> || X <- lists:seq(1, 15) >>), t:p(<< <<X/utf8>> || X <- "åλb" >>), t:p(byte_size(<<0:800000>>)),
    t:p(<<1, (append(<<>>, 10))/binary>>), t:p(build(t:id(5))),
    t:p(<<16#FF:4, 16#FF:4, 1:1, 0:7>>), t:p(<<A:(S + 4)/unit:1, A:2/unit:8>>), t:p([<<X:1>> || X <- [0, 1, 2, 3]]).

append(Acc, 0) -> Acc;
append(Acc, N) -> append(<<Acc/binary, N>>, N - 1).

build(N) -> <<N:32, (binary:copy(<<N>>, N))/binary, (N * 2):16/little, (float(N)):64/float>>.
