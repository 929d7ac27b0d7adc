-module(timers).
-export([main/0]).

main() ->
    S = self(), erlang:send_after(20, S, first), erlang:send_after(60, S, third), erlang:send_after(40, S, second), t:p([next(), next(), next()]),
    T1 = erlang:start_timer(10, S, msg), t:p(receive {timeout, T1, msg} -> timer end), T2 = erlang:send_after(10000, S, never),
    Left = erlang:read_timer(T2), t:p(Left > 9000 andalso Left =< 10000), C = erlang:cancel_timer(T2), t:p(is_integer(C)), t:p(erlang:cancel_timer(T2)), t:p(erlang:read_timer(T2)),
    T3 = erlang:send_after(5000, S, x), t:p(erlang:cancel_timer(T3, [{info, false}])), T4 = erlang:send_after(5000, S, x), t:p(erlang:cancel_timer(T4, [{async, true}])),
    receive {cancel_timer, T4, L4} -> t:p(is_integer(L4)) after 1000 -> t:p(no_answer) end, T5 = erlang:send_after(0, S, zero), t:p(next()), t:p(erlang:cancel_timer(T5)),
    register(timer_target, S), erlang:send_after(5, timer_target, by_name), t:p(next()), erlang:send_after(5, nobody_at_all, x),
    Now = erlang:monotonic_time(millisecond), erlang:send_after(Now + 20, S, absolute, [{abs, true}]), t:p(next()), t:p(erlang:monotonic_time(millisecond) >= Now + 20),
    t:e("negative", fun() -> erlang:send_after(-1, S, x) end), t:e("atom", fun() -> erlang:send_after(a, S, x) end), t:e("huge", fun() -> erlang:send_after(1 bsl 70, S, x) end),
    t:e("target", fun() -> erlang:send_after(1, 1, x) end), t:e("cancel", fun() -> erlang:cancel_timer(a) end), t:e("options", fun() -> erlang:cancel_timer(T5, [x]) end),
    T0 = erlang:monotonic_time(), receive after 50 -> ok end, D = erlang:convert_time_unit(erlang:monotonic_time() - T0, native, millisecond), t:p(D >= 50 andalso D < 1000),
    [erlang:send_after(rand:uniform(50), S, {n, I}) || I <- lists:seq(1, 1000)], t:p(lists:sum([receive {n, I} -> I after 5000 -> 0 end || _ <- lists:seq(1, 1000)])),
    Many = [erlang:send_after(100000 + I, S, x) || I <- lists:seq(1, 1000)], t:p(length([X || X <- [erlang:cancel_timer(T) || T <- Many], is_integer(X)])),
    P = spawn(fun() -> receive after infinity -> ok end end), erlang:send_after(5, P, x), exit(P, kill), t:p(receive X -> X after 30 -> nothing end),
    M1 = erlang:monotonic_time(), M2 = erlang:monotonic_time(), t:p(M2 >= M1), t:p(erlang:system_time(second) > 1600000000), t:p(is_integer(erlang:time_offset())),
    U = [erlang:unique_integer() || _ <- lists:seq(1, 1000)], t:p(length(lists:usort(U))), O = [erlang:unique_integer([monotonic, positive]) || _ <- lists:seq(1, 100)], t:p(O =:= lists:sort(O)),
    t:p([erlang:convert_time_unit(1, second, U1) || U1 <- [millisecond, microsecond, nanosecond, 10]]), t:p(erlang:convert_time_unit(-1, 1000, 1)),
    {A, B, Cc} = erlang:timestamp(), t:p(is_integer(A + B + Cc)), t:p(tuple_size(erlang:localtime())), t:p(erlang:universaltime_to_posixtime({{1970, 1, 2}, {0, 0, 0}})),
    t:p(erlang:posixtime_to_universaltime(86400)), t:p(element(1, timer:tc(fun() -> receive after 5 -> ok end end)) >= 5000), t:p(timer:seconds(5)), t:p(timer:sleep(1)).

next() -> receive X -> X after 5000 -> timeout end.
