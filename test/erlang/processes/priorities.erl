-module(priorities).
-export([main/0]).

main() ->
    S = self(),
    [begin
         P = spawn_opt(fun() -> S ! {Level, element(2, process_info(self(), priority)), sum(20000, 0)} end, [{priority, Level}]),
         R = monitor(process, P), receive {Level, L, V} -> t:p({Level, L, V}) end, receive {'DOWN', R, process, P, W} -> t:p(W =:= normal orelse W =:= noproc) end
     end || Level <- [low, normal, high, max]],
    %% A low process makes progress beside busy normal ones.
    Busy = [spawn(fun() -> spin() end) || _ <- lists:seq(1, 2 * erlang:system_info(schedulers_online))],
    spawn_opt(fun() -> S ! {low_done, sum(100000, 0)} end, [{priority, low}]),
    t:p(receive {low_done, X} -> X after 8000 -> starved end),
    spawn_opt(fun() -> S ! high_done end, [{priority, high}]), t:p(receive high_done -> ok after 5000 -> starved end), [exit(P, kill) || P <- Busy],
    erlang:yield(), t:p(process_flag(priority, high)), t:p(process_info(self(), priority)), t:p(process_flag(priority, normal)).

sum(0, A) -> A;
sum(N, A) -> sum(N - 1, A + N).

spin() -> sum(10000, 0), spin().
