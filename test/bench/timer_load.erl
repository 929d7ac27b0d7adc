%% Timers: start, cancel, expire.
-module(timer_load).
-export([run/0]).

run() -> {cancel(300000, 0), expire(100000), waits(300, 0)}.

cancel(0, A) -> A;
cancel(N, A) ->
    T = erlang:send_after(60000 + N rem 1000, self(), x),
    cancel(N - 1, case erlang:cancel_timer(T) of false -> A; _ -> A + 1 end).

expire(N) -> [erlang:start_timer(I rem 20, self(), I) || I <- lists:seq(1, N)], collect(N, 0).

collect(0, A) -> A;
collect(N, A) -> receive {timeout, _, I} -> collect(N - 1, A + I) end.

waits(0, A) -> A;
waits(N, A) -> receive never -> A after 0 -> waits(N - 1, A + 1) end.
