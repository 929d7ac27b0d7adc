%% args: one two--three 4 x=y
-module(arguments).
-export([main/1]).

main(Args) -> io:format("~p~n", [Args]).
