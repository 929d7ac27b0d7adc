-module(binary_module).
-export([main/0]).

main() ->
    B = <<"the quick brown fox jumps over the lazy dog">>,
    t:p(binary:match(B, <<"quick">>)), t:p(binary:match(B, [<<"lazy">>, <<"fox">>])), t:p(binary:match(B, <<"none">>)),
    t:p(binary:matches(B, <<"the">>)), t:p(binary:matches(B, [<<"o">>, <<"ov">>, <<"over">>])), t:p(binary:matches(<<"aaaa">>, <<"aa">>)),
    t:p(binary:match(B, <<"the">>, [{scope, {5, 30}}])), CP = binary:compile_pattern([<<"a">>, <<"e">>]), t:p(binary:matches(B, CP)),
    t:p(binary:split(B, <<" ">>)), t:p(binary:split(B, <<" ">>, [global])), t:p(binary:split(<<"a,,b,">>, <<",">>, [global, trim])),
    t:p(binary:split(<<",a,,b,">>, <<",">>, [global, trim_all])), t:p(binary:replace(B, <<"o">>, <<"0">>, [global])),
    t:p(binary:replace(<<"abcabc">>, <<"b">>, <<"[]">>, [global, {insert_replaced, 1}])),
    t:p([binary:first(B), binary:last(B), binary:at(B, 4)]), t:p(binary:part(B, {4, 5})), t:p(binary:bin_to_list(B, 0, 3)),
    t:p(binary:list_to_bin([1, [2]])), t:p(binary:copy(<<"ab">>, 3)), t:p(binary:longest_common_prefix([<<"abcd">>, <<"abxy">>])),
    t:p(binary:longest_common_suffix([<<"xbcd">>, <<"abcd">>])), t:p(binary:decode_unsigned(<<1, 0>>)),
    t:p(binary:decode_unsigned(<<1, 0>>, little)), t:p(binary:encode_unsigned(1 bsl 70)), t:p(binary:encode_unsigned(258, little)),
    t:p(binary:encode_hex(<<1, 171, 255>>)), t:p(binary:decode_hex(<<"01ABff">>)),
    t:e("first", fun() -> binary:first(<<>>) end), t:e("at", fun() -> binary:at(B, 1000) end), t:e("part", fun() -> binary:part(B, 40, 10) end),
    t:e("match", fun() -> binary:match(B, []) end), t:e("decode_hex", fun() -> binary:decode_hex(<<"0">>) end),
    t:e("encode", fun() -> binary:encode_unsigned(-1) end), t:e("bits", fun() -> binary:at(<<1:3>>, 0) end),
    Long = binary:copy(<<"abcdefghij">>, 1500), t:p(length(binary:matches(Long, <<"ja">>))), t:p(binary:match(Long, <<"zz">>)),
    t:p(length(binary:split(Long, [<<"c">>, <<"hi">>], [global]))), t:p(byte_size(binary:replace(Long, <<"a">>, <<>>, [global]))),
    t:p(string:split(B, "fox")), t:p(erlang:crc32(binary:copy(Long, 5))).
