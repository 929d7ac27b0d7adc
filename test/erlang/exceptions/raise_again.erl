%% What raise/3 raised keeps its class and its trace through after, catch and try.
-module(raise_again).
-export([main/0]).

main() ->
    [show(Class, Trace) || Class <- [error, exit, throw], Trace <- [[], [{a, b, 1, []}], [{m, f, [x], [{line, 7}]}]]],
    ok.

show(Class, Trace) ->
    Raise = fun() -> erlang:raise(Class, reason, Trace) end,
    io:format("~p~n", [catch Raise()]),
    io:format("~p~n", [caught(Raise)]),
    io:format("~p~n", [caught(fun() -> through_after(Raise) end)]),
    io:format("~p~n", [caught(fun() -> through_after(fun() -> through_after(Raise) end) end)]),
    io:format("~p~n", [caught(fun() -> try Raise() catch C:R:S -> erlang:raise(C, R, S) end end)]),
    io:format("~p~n", [caught(fun() -> try Raise() catch _:nothing -> ok end end)]),
    {Pid, Ref} = spawn_monitor(fun() -> through_after(Raise) end),
    receive {'DOWN', Ref, process, Pid, Reason} when Class =/= throw -> io:format("~p~n", [Reason]);
            {'DOWN', Ref, process, Pid, {{nocatch, reason}, S}} -> io:format("nocatch ~p~n", [S]) end.

through_after(Do) ->
    try Do() after done end.

caught(Do) ->
    try Do() catch Class:Reason:Trace -> {Class, Reason, hd_or_none(Trace)} end.

hd_or_none([Frame | _]) -> Frame;
hd_or_none([]) -> none.
