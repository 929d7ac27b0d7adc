%% The emulator's internal state shows monitors of one who sleeps, a moment after they were made and ended.
-module(monitors_seen).
-export([main/0]).

main() ->
    erts_debug:set_internal_state(available_internal_state, true),
    Sleeper = spawn(fun() -> receive stop -> ok end end),
    t:p([begin
             Ref = monitor(process, Sleeper),
             Made = t:wait_until(fun() -> monitors_of(Sleeper) =:= 1 end),
             demonitor(Ref),
             {Made, t:wait_until(fun() -> monitors_of(Sleeper) =:= 0 end)}
         end || _ <- lists:seq(1, 20)]).

monitors_of(Pid) -> length(erts_debug:get_internal_state({monitor_list, Pid})).
