%% stdin: first line\nsecond\n{term, [1,2]}.\nrest of it
-module(stdin_lines).
-export([main/0]).

main() ->
    io:format("~p~n", [io:get_line("")]),
    io:format("~p~n", [io:get_chars("", 3)]),
    io:format("~p~n", [io:get_line('')]),
    io:format("~p~n", [io:read("")]),
    io:format("~p~n", [io:get_line("")]),
    io:format("~p~n", [io:get_line("")]),
    io:format("~p~n", [io:get_line("")]).
