-module(lenient_patterns).
-export([main/0]).

%% What PCRE 8 takes without a word and its successors do not; newlines chosen when a pattern is run; limits.
main() ->
    Subjects = ["z", "C8X", "9", "B", "\\", "?", "A8B9C"],
    Patterns = ["[\\z\\C]", "[\\B]", "[\\R]", "[\\X]", "[\\K]", "[\\N]", "[\\z-\\C]", "\\8", "\\9", "\\80", "(a)\\8",
                "(?<n>a)\\8", "\\8+", "[[:alpha:]\\B]", "^A\\8B\\9C$", "^\\c\177", "[\\o]", "[\\p]", "[\\P]"],
    [io:format("~ts ~p~n", [P, try_all(P, Subjects)]) || P <- Patterns],
    [io:format("~p ~p~n", [N, open(N)]) || N <- [250, 798, 799, 2000]],
    {ok, Line} = re:compile("abcd.*D"),
    [io:format("~p ~p~n", [R, re:run("abcdABCabcABC\nD", Line, [{newline, R}])]) || R <- [lf, cr, crlf, any]],
    [io:format("~p ~p~n", [O, re:run("aaaaaaaaaaaaaz", "(a+)*zz", [report_errors | O])])
     || O <- [[], [{match_limit, 3000}], [{match_limit_recursion, 10}]]].

try_all(P, Subjects) ->
    case re:compile(P) of
        {ok, R} -> [re:run(S, R) || S <- Subjects];
        Error -> Error
    end.

open(N) ->
    case re:compile([lists:duplicate(N, $(), lists:duplicate(N, $))]) of
        {ok, _} -> ok;
        Error -> Error
    end.
