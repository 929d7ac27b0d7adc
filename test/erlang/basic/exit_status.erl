-module(exit_status).
-export([main/0]).

main() ->
    io:format("before~n"),
    halt(17).
