%% Appending: in place where nobody can see, never where somebody can.
-module(append).
-export([main/0]).

main() ->
    B = grow(<<>>, 100000), t:p({byte_size(B), erlang:crc32(B)}),
    C = <<B/binary, "one">>, D = <<B/binary, "two">>, t:p({tail(C), tail(D), byte_size(B)}),
    E = <<C/binary, "x">>, F = <<C/binary, "y">>, t:p({tail(E), tail(F), tail(C)}),
    t:p(bits(<<>>, 1000) =:= << <<(I band 7):3>> || I <- lists:seq(1000, 1, -1) >>),
    t:p(erlang:crc32(build(lists:seq(1, 5000), <<>>))),
    G = lists:foldl(fun(I, Acc) -> <<Acc/bits, I:5>> end, <<1:1>>, lists:seq(1, 100)), t:p(G),
    Self = self(),
    P = spawn(fun() -> receive X -> Self ! {self(), <<X/binary, "from child">>} end end),
    P ! C, H = <<C/binary, "from parent">>,
    receive {P, I} -> t:p({tail(H), tail(I)}) end,
    <<First:10/binary, Rest/binary>> = B, J = <<First/binary, "abc">>, t:p({J, byte_size(Rest)}), t:p(binary:first(B)),
    K = <<Rest/binary, "zzz">>, t:p(tail(K)), t:p(binary:part(B, 10, 3)),
    t:p(loop_sub(<<"abcdef">>, <<>>)), t:e("append bad", fun() -> <<(t:id(a))/binary, 1>> end),
    t:e("append bad unit", fun() -> <<(t:id(<<1:1>>))/binary, 1>> end),
    L = t:id(<<1, 2>>), t:p([<<L/binary, X>> || X <- [1, 2, 3]]), t:p(prepend(20, <<>>)),
    t:p(byte_size(iolist_to_binary([B, [B | C]]))), t:p(binary:referenced_byte_size(binary:copy(First)) =:= 10).

grow(B, 0) -> B;
grow(B, N) -> grow(<<B/binary, (N band 255)>>, N - 1).

bits(B, 0) -> B;
bits(B, N) -> bits(<<B/bits, (N band 7):3>>, N - 1).

build([H | T], Acc) -> build(T, <<Acc/binary, (integer_to_binary(H))/binary, $,, (float(H))/float, H/utf8>>);
build([], Acc) -> Acc.

tail(B) -> binary:part(B, byte_size(B), -5).

loop_sub(<<C, R/binary>>, Acc) -> loop_sub(R, <<C, Acc/binary>>);
loop_sub(<<>>, Acc) -> Acc.

prepend(0, B) -> B;
prepend(N, B) -> prepend(N - 1, <<N, B/binary>>).
