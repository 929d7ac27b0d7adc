-module(match).
-export([main/0]).

main() ->
    B = t:id(<<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255, 254>>),
    <<A1, A2:16, A3:16/little, A4:24/signed, R1/binary>> = B, t:p({A1, A2, A3, A4, R1}),
    <<B1:3, B2:5/signed, B3:11/little, B4:13/big-signed, R2/bits>> = B, t:p({B1, B2, B3, B4, R2}),
    <<_:80, C1:8/signed, C2:8/unsigned>> = B, t:p({C1, C2}),
    <<D1:64, D2:32/little-signed>> = B, t:p({D1, D2}), <<E1:96>> = B, t:p(E1), <<E2:96/little>> = B, t:p(E2),
    <<E3:96/signed-little>> = B, t:p(E3), <<E4:65, _/bits>> = B, t:p(E4), <<_:1, E5:64, _/bits>> = B, t:p(E5),
    <<_:5, E6:59/little, _/bits>> = B, t:p(E6), <<_:7, E7:72/signed-little, _/bits>> = B, t:p(E7),
    [begin <<X:W, _/bits>> = B, <<Y:W/little, _/bits>> = B, <<_:3, Z:W/signed, _/bits>> = B,
           <<_:3, V:W/signed-little, _/bits>> = B, io:format("~w: ~w ~w ~w ~w~n", [W, X, Y, Z, V]) end || W <- lists:seq(0, 90)],
    <<F1/float, F2:32/float, F3:16/float>> = t:id(<<1.5/float, -2.5:32/float, 0.25:16/float>>), t:p({F1, F2, F3}),
    <<G1/float-little, G2:32/float-little, _/bits>> = t:id(<<1.5/float-little, -2.5:32/float-little, 1:1>>), t:p({G1, G2}),
    <<_:1, H1/float, _/bits>> = t:id(<<1:1, 3.25/float, 0:7>>), t:p(H1),
    t:p([nan(X) || X <- [<<16#7FF0000000000000:64>>, <<16#7FF8000000000001:64>>, <<0:64>>, <<16#7F800000:32>>, <<1>>]]),
    N = t:id(3), <<I1:N/binary, I2:(N * 8), I3:N/binary-unit:4, _/bits>> = B, t:p({I1, I2, I3}),
    <<L, S:L/binary, T/binary>> = t:id(<<4, "abcdxyz">>), t:p({L, S, T}), <<J:2/binary-unit:12, K/bits>> = B, t:p({J, K}),
    t:p([which(X) || X <- [<<>>, <<0>>, <<1>>, <<1, 2>>, <<1, 2, 3>>, <<"abc">>, <<"abcd">>, <<"GET /x">>, <<"PUT /y">>, <<1:1>>,
                           <<0:1, 1:7>>, <<5:3>>, <<2, 0, 3, "xyz", 9>>, <<3, 7/utf8, 955/utf8>>, a, [], 1]]),
    t:p(parse(<<1, 3, "abc", 2, 16#1234:16, 3, 1.5/float, 0>>, [])), t:p(parse(<<1, 30, "abc">>, [])),
    t:e("no match", fun() -> <<_:3/binary, 99, _/bits>> = B end), t:e("too short", fun() -> <<_:97, _/bits>> = B end),
    t:e("bad size", fun() -> M = t:id(-1), <<_:M, _/bits>> = B end), t:e("bad size", fun() -> M = t:id(a), <<_:M, _/bits>> = B end),
    t:e("huge size", fun() -> M = t:id(1 bsl 70), <<_:M, _/bits>> = B end), t:e("not binary", fun() -> <<_/bits>> = t:id(a) end),
    t:p(utf8(<<"aåλ日𝄞"/utf8>>)), t:p(utf8(<<"ok", 255, 1>>)), t:p(utf8(<<16#ED, 16#A0, 16#80>>)), t:p(utf8(<<16#C0, 16#80>>)),
    t:p(utf8(<<16#E2, 16#82>>)), t:p(utf8(<<16#F4, 16#90, 16#80, 16#80>>)), t:p(utf16(<<"aλ𝄞"/utf16>>)), t:p(utf16(<<16#D800:16>>)),
    t:p(utf16(<<16#DC00:16, 65:16>>)), t:p(utf16l(<<"aλ𝄞"/utf16-little>>)), t:p(utf32(<<"aλ𝄞"/utf32>>)),
    t:p(utf32(<<16#110000:32>>)), t:p(utf32(<<16#D800:32>>)), t:p(skips(<<"åλx"/utf8>>)), t:p(skip16(<<"𝄞x"/utf16>>)),
    t:p(skip32(<<"𝄞x"/utf32>>)), t:p([X || <<X:4>> <= B]), t:p([{X, Y} || <<X, 2:1, Y:7>> <= B]), t:p([X || <<1:1, X:2>> <= B]),
    t:p(<< <<X, Y>> || <<Y, X>> <= B >>), t:p([X || <<X/utf8>> <= <<"aλb"/utf8>>]), t:p([X || <<3, X>> <= <<3, 1, 4, 1, 3, 2, 9>>]),
    t:p(bits(<<2#1011001:7>>)), t:p(count(binary:copy(<<1, 0, 2>>, 10000), 0)), t:p(shadow(5, <<5, 6>>)).

nan(<<F/float>>) -> F; nan(<<F:32/float>>) -> F; nan(_) -> nan.

which(<<>>) -> empty; which(<<0>>) -> zero; which(<<1>>) -> one; which(<<1, X>>) -> {one, X}; which(<<"abc">>) -> abc;
which(<<"GET ", R/binary>>) -> {get, R}; which(<<"PUT ", R/binary>>) -> {put, R}; which(<<2, L:16, S:L/binary, T>>) -> {len, S, T};
which(<<3, X/utf8, Y/utf8>>) -> {chars, X, Y}; which(<<5:3>>) -> five; which(<<1, 2, R/binary>>) -> {onetwo, R};
which(<<X:1>>) -> {bit, X}; which(<<"abc", R/bits>>) -> {abc, R}; which(<<_:8>>) -> byte; which(<<_/bits>>) -> bits; which(_) -> other.

parse(<<0>>, Acc) -> {ok, lists:reverse(Acc)};
parse(<<1, L, S:L/binary, R/binary>>, Acc) -> parse(R, [S | Acc]);
parse(<<2, N:16, R/binary>>, Acc) -> parse(R, [N | Acc]);
parse(<<3, F/float, R/binary>>, Acc) -> parse(R, [F | Acc]);
parse(Rest, Acc) -> {rest, Rest, Acc}.

utf8(<<C/utf8, R/binary>>) -> [C | utf8(R)]; utf8(<<>>) -> []; utf8(R) -> {bad, R}.
utf16(<<C/utf16, R/binary>>) -> [C | utf16(R)]; utf16(R) -> R.
utf16l(<<C/utf16-little, R/binary>>) -> [C | utf16l(R)]; utf16l(R) -> R.
utf32(<<C/utf32, R/binary>>) -> [C | utf32(R)]; utf32(R) -> R.
skips(<<_/utf8, _/utf8, R/bits>>) -> R. skip16(<<_/utf16, R/bits>>) -> R. skip32(<<_/utf32, R/bits>>) -> R.

bits(<<B:1, R/bits>>) -> [B | bits(R)]; bits(<<>>) -> [].

count(<<0, R/binary>>, N) -> count(R, N + 1); count(<<_, R/binary>>, N) -> count(R, N); count(<<>>, N) -> N.

shadow(X, <<X, Y>>) -> {same, Y}; shadow(_, _) -> other.
