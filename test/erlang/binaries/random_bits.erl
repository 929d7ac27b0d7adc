%% All sizes, signs, orders and alignments of integers, and the rest of the bit syntax at odd places: what is built is
%% taken apart again, and hashes of it all must be those of erl.
-module(random_bits).
-export([main/0]).
main() ->
  Vals = [0,1,-1,127,128,255,256,-128,-129,16#1234567,-16#1234567,1 bsl 60,(1 bsl 61)-1,1 bsl 61,-(1 bsl 61),-(1 bsl 61)-1,1 bsl 63,(1 bsl 64)-1,-(1 bsl 64),16#123456789abcdef0123456789abcdef0,-16#fedcba9876543210fedcba9876543210123],
  Sizes = lists:seq(0,70) ++ [71,80,95,96,97,127,128,129,130,200,511,512,513,520,600],
  H = lists:foldl(fun(V, A) -> lists:foldl(fun(S, B) -> one(V,S,B) end, A, Sizes) end, 17, Vals),
  t:p(H),
  t:p(lists:foldl(fun(V,A) -> fix(V,A) end, 3, Vals)),
  Cs = [0,$a,127,128,2047,2048,16#d7ff,16#e000,16#ffff,16#10000,16#10ffff],
  t:p([begin B = <<P:O, C/utf8, C/utf16, C/utf16-little, C/utf32, C/utf32-little, 7:3>>,
     <<P:O, C1/utf8, C2/utf16, C3/utf16-little, C4/utf32, C5/utf32-little, 7:3>> = B, {C1,C2,C3,C4,C5} = {C,C,C,C,C}, erlang:phash2(B) end || C <- Cs, O <- [0,3,8], P <- [1 band ((1 bsl O) - 1)]]),
  Fs = [0.0, -0.0, 1.5, -2.25, 1.0e10, 1.0e-5, 65504.0, 1.0e300, 3.14159, 5, -7, 1 bsl 70],
  t:p([begin B = <<P:O, F:64/float, F:64/float-little, F:32/float, F:32/little-float, F:16/float, F:16/little-float>>, {O, erlang:phash2(B), fl(O, B)} end || F <- Fs, O <- [0,3,8], P <- [0]]),
  t:p(app(<<>>, 0, 1)), t:p(app(<<5:3>>, 0, 1)), t:p(share(20)),
  t:p(parts(<<>>, 0, 400)), t:p(small(<<>>, 0, 80)),
  t:p(erlang:phash2(<< <<X, (X + 1):16/little, "z", (-X):24>> || X <- lists:seq(1, 300) >>)).
fl(O, B) -> case B of <<_:O, A:64/float, _:64, C:32/float, _/bits>> -> {A, C}; _ -> nomatch end.
one(V, S, H0) ->
  lists:foldl(fun(O, H) ->
    B = <<5:O, V:S, V:S/little, V:S/signed, 1:1>>,
    <<_:O, A:S, C:S/little, D:S/signed, 1:1>> = B,
    <<_:O, A2:S/signed, C2:S/little-signed, _:S, 1:1>> = B,
    <<_:O, X:S/bits, Y/bits>> = B,
    erlang:phash2({H, B, A, C, D, A2, C2, X, Y}) end, H0, [0,1,3,7,8,15]).
fix(V, H) ->
  B1 = <<V:8, V:16, V:32, V:64>>, B2 = <<V:3, V:16/little, V:29, V:24/little, V:64/little, "abcdefgh", V:7>>,
  B3 = <<V:64, V:64, V:64, V:64, V:64, V:64, V:64, V:64>>, B4 = <<V:63, V:1, V:5, V:64, "xyz", V:2>>,
  <<X1:8, X2:16, X3:32, X4:64>> = B1, <<Y1:3, Y2:16/little, Y3:29/signed, Y4:24/little-signed, Y5:64/little, "abcdefgh", Y6:7>> = B2,
  erlang:phash2({H,B1,B2,B3,B4,X1,X2,X3,X4,Y1,Y2,Y3,Y4,Y5,Y6}).
app(B, H, N) when N > 2000 -> {H, byte_size(B), erlang:phash2(B)};
app(B, H, N) ->
  B2 = case N rem 7 of 0 -> <<B/bits, N:16>>; 1 -> <<B/bits, N:3>>; 2 -> <<B/bits, "hello">>; 3 -> <<B/bits, N:32/little>>; 4 -> <<B/bits, N/utf8>>; 5 -> <<B/bits, B:16/bits>>; 6 -> <<B/bits, N:8>> end,
  H2 = case N rem 50 of 0 -> C = <<B/bits, 77:8>>, D = <<B/bits, 78:8>>, erlang:phash2({H, C, D, B2}); _ -> H end,
  app(B2, H2, N+1).
share(N) -> B = << <<X:8>> || X <- lists:seq(1,100) >>, share(N, B, []).
share(0, B, L) -> {erlang:phash2(B), erlang:phash2(L)};
share(N, B, L) -> B1 = <<B/binary, N>>, B2 = <<B/binary, (N+1), 3>>, share(N-1, case N rem 3 of 0 -> B; 1 -> B1; 2 -> B2 end, [B1,B2|L]).
parts(B, H, 0) -> {byte_size(B), erlang:phash2({H, B})};
parts(B, H, N) ->
  C = <<B/binary, N, (N * 77):16/little, "ab", (-N):24>>, D = <<C/bits, N:3, N:5, N:32/signed>>,
  E = <<D/binary, (N bsl 40):64/little>>, parts(E, erlang:phash2({H, C, D}), N - 1).
small(B, H, 0) -> {byte_size(B), H};
small(B, H, N) ->
  <<_:3, Odd/bits>> = <<5:3, B/binary>>,
  C = <<B/binary, N>>, D = <<"x", N:16/little, B/binary, (-N):24, C/binary>>, E = <<Odd/binary, 1, Odd/binary>>,
  F = try <<N, (t:id(a))/binary>> catch error:badarg -> bad end,
  small(C, erlang:phash2({H, C, D, E, F, <<(t:id(1 bsl 62)):56, C/binary>>}), N - 1).
