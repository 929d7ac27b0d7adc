%% Everything that reaches standard output through the group leader.
-module(io_output).
-export([main/0]).

main() ->
    io:put_chars("chars\n"),
    io:put_chars(<<"binary\n">>),
    io:put_chars(["io", $l, <<"ist">>, [["\n"]]]),
    io:write({a, "b", <<"c">>}), io:nl(),
    io:format("~w ~p ~s ~c ~b ~.16B ~e ~f ~.2f ~g~n", [a, "b", "c", $d, 10, 255, 1.5, 2.5, 3.14159, 0.1]),
    io:format("~5w|~-5w|~5.3s|~10..0b|~5c~n", [ab, ab, "abcdef", 42, $x]),
    io:format("~ts ~tp ~tc~n", ["åäö €", "λ", 955]),
    io:fwrite("no arguments~n"),
    io:format(user, "to user~n", []),
    io:format(standard_io, "to standard_io~n", []),
    [io:format("~p ", [I]) || I <- lists:seq(1, 20)], io:nl(),
    io:format("~p~n", [lists:seq(1, 60)]),
    io:format("~p~n", [{lists:duplicate(5, "a long string of text"), #{key => lists:seq(1, 30)}}]),
    io:format("~P~n", [lists:seq(1, 100), 12]),
    io:format("~W~n", [lists:seq(1, 100), 12]),
    io:format("~~ ~i ~p~n", [skipped, shown]),
    io:format("~*c~n", [7, $-]),
    io:format("~s~n", [lists:duplicate(10000, $x)]),
    t:e("bad format", fun() -> io:format("~p ~p~n", [1]) end),
    t:e("bad control", fun() -> io:format("~y~n", [1]) end),
    {ok, Columns} = {ok, io_lib:format("~s", [[1, 2, 3]])},
    t:p(Columns).
