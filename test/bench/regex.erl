%% Regular expressions over a log text.
-module(regex).
-export([run/0]).

run() ->
    Text = iolist_to_binary([["10.0.", integer_to_list(I rem 256), ".7 - user", integer_to_list(I), " GET /page/", integer_to_list(I * 7), ".html 200 ", integer_to_list(I * 13), "\n"] || I <- lists:seq(1, 12000)]),
    {ok, R} = re:compile("(\\d+\\.\\d+\\.\\d+\\.\\d+) - (\\w+) (GET|POST) (/[^ ]*) (\\d{3}) (\\d+)"),
    {match, M} = re:run(Text, R, [global, {capture, all_but_first, binary}]),
    {match, N} = re:run(Text, "[a-z]+[0-9]*7\\b", [global]),
    S = re:replace(Text, "user(\\d+)", "<\\1>", [global, {return, binary}]),
    P = re:split(Text, "\\s+"),
    {length(M), length(N), erlang:crc32(S), length(P)}.
