-module(crash_exit).
-export([main/0]).

main() ->
    io:format("before~n"),
    exit(shutdown).
