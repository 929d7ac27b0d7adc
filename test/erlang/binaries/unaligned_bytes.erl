%% A walk over the bytes of a binary that begins in the middle of a byte, in a function that takes other terms, too.
-module(unaligned_bytes).
-export([main/0, flat/2, flat/1]).

main() ->
    Bytes = lists:seq(0, 255),
    <<0:3, Binary:256/binary, 31:5>> = t:id(<<0:3, (list_to_binary(Bytes))/binary, 31:5>>),
    io:format("~w~n", [[flat([Binary]) =:= Bytes, flat(Binary) =:= Bytes, length(flat([a, Binary, [Binary | <<1, 2>>]]))]]),
    <<_:5, Odd/bits>> = Binary,
    io:format("~w~n", [flat([Odd])]),
    io:format("~w~n", [[erts_internal:term_type(t:id(N)) || N <- [1, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1]]]).

flat(List) -> lists:reverse(flat(List, [])).

flat(<<X:8, Rest/binary>>, Acc) -> flat(Rest, [X | Acc]);
flat(<<>>, Acc) -> Acc;
flat([H | T], Acc) -> flat(T, flat(H, Acc));
flat([], Acc) -> Acc;
flat(X, Acc) -> [X | Acc].
