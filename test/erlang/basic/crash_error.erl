-module(crash_error).
-export([main/0]).

main() ->
    io:format("before~n"),
    X = t:id(1),
    2 = X.
