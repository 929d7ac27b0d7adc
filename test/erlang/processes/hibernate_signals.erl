%% Only a message ends hibernation: links, monitors and questions do not.
-module(hibernate_signals).
-export([main/0, woken/1]).

main() ->
    Self = self(),
    P = spawn(fun() -> erlang:hibernate(?MODULE, woken, [Self]) end),
    receive after 20 -> ok end,
    [t:p(process_info(P, current_function)) || _ <- lists:seq(1, 3)],
    link(P),
    R = monitor(process, P),
    t:p(demonitor(R, [flush])),
    unlink(P),
    t:p(is_process_alive(P)),
    receive {woken, _} -> t:p(too_early) after 20 -> t:p(asleep) end,
    t:p(process_info(P, [current_function, status])),
    P ! hello,
    t:p(receive {woken, M} -> M after 1000 -> asleep end),
    t:p(t:wait_until(fun() -> not is_process_alive(P) end)).

woken(To) -> receive M -> To ! {woken, M} end.
