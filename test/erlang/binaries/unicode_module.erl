-module(unicode_module).
-export([main/0]).

main() ->
    S = "aåλ日𝄞", B = <<"aåλ日𝄞"/utf8>>,
    t:p(unicode:characters_to_binary(S)), t:p(unicode:characters_to_list(B)), t:p(unicode:characters_to_binary([B, "x", [955]])),
    t:p(unicode:characters_to_binary(S, unicode, utf16)), t:p(unicode:characters_to_binary(S, unicode, {utf32, little})),
    t:p(unicode:characters_to_list(<<"å"/utf16>>, utf16)), t:p(unicode:characters_to_binary("åä", latin1, latin1)),
    t:p(unicode:characters_to_binary("åλ", unicode, latin1)), t:p(unicode:characters_to_binary(<<229, 228>>, latin1)),
    t:p(unicode:characters_to_list(<<"ab", 255>>)), t:p(unicode:characters_to_list(<<"ab", 16#E2, 16#82>>)),
    t:p(unicode:characters_to_binary([<<"ab", 16#E2>>, <<16#82, 16#AC>>])), t:p(unicode:characters_to_binary([16#D800])),
    t:p(unicode:characters_to_nfc_list("e" ++ [769])), t:p(unicode:characters_to_nfd_list([233])), t:p(unicode:characters_to_nfkc_binary([64257])),
    t:p(unicode:bom_to_encoding(<<16#EF, 16#BB, 16#BF, "x">>)), t:p(unicode:encoding_to_bom(utf8)),
    t:e("atom", fun() -> unicode:characters_to_list(a) end), t:e("improper", fun() -> unicode:characters_to_binary([a]) end),
    t:p(string:length(S)), t:p(string:length("e" ++ [769])), t:p(string:uppercase("straße åλ")), t:p(string:to_graphemes("ae" ++ [769])),
    t:p(string:lowercase(<<"ÅΛ"/utf8>>)), t:p(string:casefold("ẞ")), t:p(string:equal("Å", [65, 778], false, nfc)),
    Long = lists:duplicate(20000, 955), LB = unicode:characters_to_binary(Long), t:p(byte_size(LB)), t:p(unicode:characters_to_list(LB) =:= Long),
    t:p(string:slice(B, 1, 3)), t:p(string:reverse("åλ")).
