%% A receive without clauses that waits for ever goes on doing so whatever comes. Its time is in an x register, which
%% other processes use meanwhile.
-module(endless_receive).
-export([main/0, sleep/1]).

sleep(T) -> receive after T -> ok end.

main() ->
    process_flag(trap_exit, true),
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> process_flag(trap_exit, true), Self ! ready, sleep(infinity) end),
    receive ready -> ok end,
    [begin Pid ! hello, exit(Pid, shutdown), timer:sleep(5), lists:sum(lists:seq(1, N)) end || N <- lists:seq(1, 10)],
    io:format("~p~n", [is_process_alive(Pid)]),
    exit(Pid, kill),
    receive {'DOWN', Ref, _, _, Why} -> io:format("~p~n", [Why]) end,
    {Pid2, Ref2} = spawn_monitor(fun() -> sleep(100), exit(slept) end),
    [begin Pid2 ! hello, lists:sum(lists:seq(1, N)) end || N <- lists:seq(1, 10)],
    receive {'DOWN', Ref2, _, _, Why2} -> io:format("~p~n", [Why2]) end.
