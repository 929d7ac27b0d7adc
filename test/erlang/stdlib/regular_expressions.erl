-module(regular_expressions).
-export([main/0]).

main() ->
    S = "The year 1984, and 2001: a space odyssey",
    t:p(re:run(S, "[0-9]+")), t:p(re:run(S, "[0-9]+", [global])), t:p(re:run(S, "([a-z]+) ([0-9]+)", [{capture, all, list}])), t:p(re:run(S, "(?<year>\\d{4})", [{capture, [year], binary}])), t:p(re:run(S, "xyz")), t:p(re:run(S, "THE", [caseless])), t:p(re:run(S, "\\d+", [global, {capture, first, list}])), t:p(re:run(S, "^The", [{capture, none}])), t:p(re:run("a\nb", "^b$", [multiline])), t:p(re:run("abc", "(a)(x)?(b)", [{capture, all, index}])), t:p(re:run("abcabc", "b", [{offset, 2}])),
    t:p(re:replace(S, "\\d+", "<&>", [global, {return, list}])), t:p(re:replace("abc", "(a)(b)", "\\2\\1", [{return, binary}])), t:p(re:replace("abc", "x", "y", [{return, list}])), t:p(re:split("a, b,c", ",\\s*", [{return, list}])), t:p(re:split("a1b2", "([0-9])", [{return, list}, trim])), t:p(re:split("abc", "", [{return, list}])), t:p(re:split("a,b,c", ",", [{parts, 2}, {return, list}])),
    {ok, MP} = re:compile("(\\w+)@(\\w+)\\.com", [caseless]), t:p(re:run("Mail: Joe@Example.com", MP, [{capture, all_but_first, list}])), t:p(re:compile("(")), t:e("run", fun() -> re:run("x", "(") end), t:p(re:run("åλ", "λ", [unicode])), t:p(re:run(<<"åλx"/utf8>>, "x", [unicode, {capture, all, list}])), t:p(re:run("aaa", "a*?")), t:p(re:run("foobar", "foo(?=bar)")), t:p(re:inspect(MP, namelist)).
