-module(sub_binaries).
-export([main/0]).

main() ->
    Big = list_to_binary(lists:seq(0, 255)), Odd = <<5:3, Big/binary, 3:5>>,
    <<_:3, Sub:100/binary, Rest/bits>> = Odd,
    t:p({erlang:crc32(Sub), Sub =:= binary:part(Big, 0, 100), bit_size(Rest)}),
    t:p(Sub < Big), t:p(erlang:phash2(Sub) =:= erlang:phash2(binary:part(Big, 0, 100))),
    t:p(binary:at(Sub, 50)), t:p(byte_size(Sub)), t:p(<<Sub/binary>> =:= Sub), t:p(term_to_binary(Sub) =:= term_to_binary(binary:copy(Sub))),
    t:p([begin <<_:I, X:16/bits, _/bits>> = Odd, X end || I <- lists:seq(0, 12)]),
    t:p([begin <<_:I, X:11/bits, _/bits>> = Odd, X end || I <- lists:seq(0, 12)]),
    t:p([begin <<_:I, X:11/bits, _/bits>> = Odd, <<Y:13/bits, _/bits>> = Odd, compare(X, Y) end || I <- lists:seq(0, 12)]),
    t:p(binary_to_list(Sub, 1, 5)), t:p(list_to_binary([Sub, Sub]) =:= <<Sub/binary, Sub/binary>>),
    t:p(bitstring_to_list(Rest) =:= bitstring_to_list(<<Rest/bits>>)),
    Self = self(), P = spawn(fun() -> receive {X, Y} -> Self ! {erlang:crc32(X), bit_size(Y)} end end), P ! {Sub, Rest},
    receive M -> t:p(M) end, erlang:garbage_collect(), t:p(erlang:crc32(Sub)),
    t:p(lists:sum([X || <<X>> <= Sub])), t:p(lists:sum([X || <<X:3>> <= Rest])),
    t:p(#{Sub => 1} =:= #{binary:part(Big, 0, 100) => 1}), t:p(maps:get(binary:part(Big, 0, 100), #{Sub => found})),
    t:p(halve(Big, [])), t:p(context_reuse(Big)), t:p(lists:map(fun({A, L}) -> erlang:crc32(binary:part(Big, A, L)) end, [{0, 256}, {10, 0}, {255, 1}])).

compare(X, X) -> same; compare(X, Y) when X < Y -> less; compare(_, _) -> more.

halve(B, Acc) when byte_size(B) < 2 -> lists:reverse(Acc);
halve(B, Acc) ->
    N = byte_size(B) div 2, <<L:N/binary, R/binary>> = B,
    halve(case N rem 2 of 0 -> L; 1 -> R end, [N | Acc]).

context_reuse(<<A, B/binary>>) -> {A, inner(B), byte_size(B)}.
inner(<<C, D, _/binary>> = All) -> {C, D, byte_size(All), erlang:crc32(All)}.
