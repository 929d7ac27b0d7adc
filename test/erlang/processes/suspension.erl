-module(suspension).
-export([main/0]).

main() ->
    S = self(), P = spawn(fun() -> loop(S) end), P ! {ping, 1}, t:p(next()), t:p(erlang:suspend_process(P)), P ! {ping, 2}, t:p(nothing()), t:p(process_info(P, status)),
    t:p(process_info(P, message_queue_len)), t:p(erlang:suspend_process(P)), t:p(erlang:resume_process(P)), t:p(nothing()), t:p(erlang:resume_process(P)), t:p(next()),
    t:p(erlang:suspend_process(P, [unless_suspending])), t:p(erlang:suspend_process(P, [unless_suspending])), t:p(erlang:resume_process(P)), P ! {ping, 3}, t:p(next()),
    Spinner = spawn(fun() -> spin(S, 0) end), receive {count, _} -> ok end, t:p(erlang:suspend_process(Spinner)), flush(), t:p(nothing()), t:p(erlang:resume_process(Spinner)), t:p(element(1, next())), exit(Spinner, kill),
    Q = spawn(fun() -> erlang:suspend_process(P), S ! suspended, receive stop -> ok end end), t:p(next0(suspended)), P ! {ping, 4}, t:p(no_ping()), exit(Q, kill), t:p(next0({pong, 4})),
    t:e("self", fun() -> erlang:suspend_process(S) end), t:e("resume", fun() -> erlang:resume_process(P) end), exit(P, kill), t:wait_until(fun() -> not is_process_alive(P) end), t:e("dead", fun() -> erlang:suspend_process(P) end).

loop(S) -> receive {ping, N} -> S ! {pong, N}, loop(S) end.
spin(S, N) when N rem 100000 =:= 0 -> S ! {count, N}, spin(S, N + 1);
spin(S, N) -> spin(S, N + 1).
flush() -> receive {count, _} -> flush() after 0 -> ok end.
next() -> receive X -> X after 5000 -> timeout end.
next0(X) -> receive X -> X after 5000 -> timeout end.
no_ping() -> receive {pong, _} = X -> X after 30 -> nothing end.
nothing() -> receive X -> X after 30 -> nothing end.
