-module(hibernation).
-export([main/0, wake/2, catcher/1]).

main() ->
    S = self(), P = spawn(fun() -> erlang:hibernate(?MODULE, wake, [S, lists:seq(1, 1000)]) end), receive after 20 -> ok end,
    t:p(process_info(P, current_function)), t:p(process_info(P, status)), P ! hello, t:p(receive X -> X end), receive after 20 -> ok end, P ! again, t:p(receive Y -> Y end),
    {P2, R2} = spawn_monitor(fun() -> try erlang:hibernate(?MODULE, catcher, [S]) catch _:_ -> S ! caught end end), P2 ! go, t:p(receive {'DOWN', R2, process, P2, W} -> element(1, W) end),
    S ! already, {P3, R3} = spawn_monitor(fun() -> self() ! pending, erlang:hibernate(?MODULE, wake, [S, [1]]) end), t:p(receive {woken, pending, _} = Z -> Z end), P3 ! stop,
    t:p(receive {'DOWN', R3, process, P3, N} -> N end), t:p(receive already -> already end), exit(P, kill),
    t:e("bad", fun() -> erlang:hibernate(a, b, t:id(c)) end).

wake(S, L) ->
    receive
        stop -> ok;
        M -> S ! {woken, M, lists:sum(L)}, erlang:hibernate(?MODULE, wake, [S, L])
    end.

catcher(_) -> receive go -> error(after_hibernate) end.
