-module(strings).
-export([main/0]).

main() ->
    S = "  The Quick Brown fox  ",
    t:p([string:trim(S), string:trim(S, leading), string:trim(S, trailing), string:trim("xxaxx", both, "x"), string:length(S), string:uppercase(S), string:lowercase(S), string:titlecase("abc"), string:reverse("abc")]),
    t:p([string:split("a,b,c", ","), string:split("a,b,c", ",", trailing), string:split("a,b,c", ",", all), string:lexemes(" a  b,c ", " ,"), string:join(["a", "b"], "-"), string:replace("aXbXc", "X", "--", all), string:find("hello world", "o w"), string:find("abcabc", "b", trailing), string:find("abc", "z")]),
    t:p([string:slice("abcdef", 2), string:slice("abcdef", 1, 3), string:slice(<<"abcdef">>, 1, 3), string:pad("ab", 5), string:pad("ab", 5, leading, $*), string:pad("ab", 6, both, $-), string:prefix("foobar", "foo"), string:prefix("foobar", "bar"), string:take("abc123", "abc"), string:take("abc123", "123", true), string:chomp("line\r\n"), string:is_empty(""), string:equal("a", <<"a">>), string:to_integer("42 rest"), string:to_float("1.5e3x"), string:next_codepoint("ab"), string:next_grapheme("ab"), string:nth_lexeme("a b c", 2, " ")]),
    t:p([string:tokens("a b  c", " "), string:str("hello", "l"), string:rstr("hello", "l"), string:substr("hello", 2, 3), string:sub_string("hello", 2, 3), string:chr("hello", $l), string:rchr("hello", $l), string:strip("  x "), string:left("ab", 4), string:right("ab", 4), string:centre("ab", 6), string:copies("ab", 3), string:words("a b c"), string:to_upper("abc"), string:span("aab", "a"), string:cspan("aab", "b"), string:concat("a", "b"), string:sub_word("a b c", 2)]),
    t:p([re_free(X) || X <- ["Key: value", "no colon", ""]]), t:e("bad", fun() -> string:slice("abc", -1) end), t:e("bad", fun() -> string:trim(a) end),
    t:p([io_lib:format(F, A) || {F, A} <- [{"~p", [a]}, {"~5w|", [ab]}, {"~.3f", [1.23456]}, {"~s", [<<"bin">>]}, {"~8.3e", [1234.5]}, {"~B ~.2B", [10, 5]}]]),
    t:p(lists:flatten(io_lib:format("~-10s|~10s|~c~c", ["left", "right", $a, $b]))), t:p([io_lib:char_list([1, 2]), io_lib:printable_list("abc"), io_lib:printable_list([0]), io_lib:deep_char_list(["a", [98]]), io_lib:latin1_char_list([256])]),
    t:p(io_lib:fread("~d ~s ~f", "42 word 1.5 rest")), t:p(io_lib:fread("~d", "x")), t:p(lists:flatten(io_lib:format("~ts", ["abc"]))), t:p(io_lib:format_prompt(prompt)), t:p(io_lib:nl()),
    t:p([char_type(C) || C <- "aZ0 .\n"]), t:p(rot13("Hello, World")), t:p(palindrome("amanaplanacanalpanama")), t:p(word_count("the cat the dog a cat the end")), t:p(caesar("abc xyz", 3)).

re_free(S) -> case string:split(S, ": ") of [K, V] -> {K, V}; [X] -> {none, X} end.

char_type(C) when C >= $a, C =< $z -> lower; char_type(C) when C >= $A, C =< $Z -> upper; char_type(C) when C >= $0, C =< $9 -> digit; char_type($\s) -> space; char_type(_) -> other.

rot13(S) -> [case C of _ when C >= $a, C =< $z -> (C - $a + 13) rem 26 + $a; _ when C >= $A, C =< $Z -> (C - $A + 13) rem 26 + $A; _ -> C end || C <- S].
palindrome(S) -> S =:= lists:reverse(S).
word_count(S) -> lists:sort(maps:to_list(lists:foldl(fun(W, M) -> maps:update_with(W, fun(N) -> N + 1 end, 1, M) end, #{}, string:lexemes(S, " ")))).
caesar(S, N) -> lists:map(fun($\s) -> $\s; (C) -> (C - $a + N) rem 26 + $a end, S).
