-module(links).
-export([main/0]).

main() ->
    process_flag(trap_exit, true), S = self(),
    t:p([exit_reason(F) || F <- [fun() -> ok end, fun() -> exit(bye) end, fun() -> exit(kill) end, fun() -> exit(shutdown) end]]),
    P1 = spawn(fun() -> receive stop -> exit(stopped) end end), t:p(link(P1)), P1 ! stop, t:p(next() =:= {'EXIT', P1, stopped}),
    P2 = spawn(fun() -> receive stop -> exit(stopped) end end), link(P2), unlink(P2), P2 ! stop, t:p(nothing()),
    P3 = spawn(fun() -> ok end), t:wait_until(fun() -> not is_process_alive(P3) end), link(P3), t:p(next() =:= {'EXIT', P3, noproc}),
    P4 = spawn_link(fun() -> receive forever -> ok end end), exit(P4, kill), t:p(next() =:= {'EXIT', P4, killed}),
    P5 = spawn_link(fun() -> process_flag(trap_exit, true), S ! ready, receive X -> S ! {trapped, element(1, X), element(3, X)} end end), ready(),
    exit(P5, hello), t:p(next()), t:p(next() =:= {'EXIT', P5, normal}),
    P6 = spawn_link(fun() -> receive forever -> ok end end), exit(P6, normal), t:p(nothing()), t:p(is_process_alive(P6)),
    exit(P6, {complex, [reason]}), t:p(element(3, next())),
    %% A chain: the exit goes through all that do not trap.
    P7 = spawn_link(fun() -> spawn_link(fun() -> spawn_link(fun() -> exit(deep) end), wait() end), wait() end), t:p(next() =:= {'EXIT', P7, deep}),
    %% normal does not propagate.
    spawn_link(fun() -> spawn_link(fun() -> ok end), receive after 20 -> S ! survived end end), t:p(next()), t:p(element(3, next())),
    exit(self(), self_signal), t:p(next() =:= {'EXIT', S, self_signal}), exit(self(), normal), t:p(next() =:= {'EXIT', S, normal}),
    t:p(link(S)), t:p(unlink(spawn(fun() -> ok end))), t:e("link", fun() -> link(t:id(a)) end), t:e("exit", fun() -> exit(t:id(a), b) end),
    {P8, R8} = spawn_monitor(fun() -> link(S), exit({linked, 1}) end), t:p(lists:sort([kind(next(), P8, R8), kind(next(), P8, R8)])),
    P9 = spawn_link(fun() -> process_flag(trap_exit, true), S ! ready, wait() end), ready(), exit(P9, kill), t:p(element(3, next())),
    P10 = spawn_link(fun() -> process_flag(trap_exit, true), L = spawn_link(fun() -> wait() end), exit(L, kill), receive {'EXIT', L, W} -> exit({saw, W}) end end),
    t:p(next() =:= {'EXIT', P10, {saw, killed}}),
    {links, L1} = process_info(self(), links), t:p(L1), P11 = spawn_link(fun() -> wait() end), {links, L2} = process_info(self(), links), t:p(L2 =:= [P11]),
    link(P11), link(P11), unlink(P11), exit(P11, x), t:p(nothing()), t:p(nothing()),
    {P12, R12} = spawn_monitor(fun() -> lists:foreach(fun(_) -> spawn_link(fun() -> wait() end) end, lists:seq(1, 100)), exit(all) end),
    t:p(next() =:= {'DOWN', R12, process, P12, all}),
    P13 = spawn_link(fun() -> error(crash) end), {'EXIT', P13, {crash, Stack}} = next(), t:p(is_list(Stack)).

exit_reason(F) -> P = spawn_link(F), receive {'EXIT', P, R} -> R end.
wait() -> receive forever -> ok end.
ready() -> receive ready -> ok end.
next() -> receive X -> X after 5000 -> timeout end.
nothing() -> receive X -> X after 20 -> nothing end.
kind({'EXIT', P, R}, P, _) -> {exit, R};
kind({'DOWN', Ref, process, P, R}, P, Ref) -> {down, R}.
