%% except: adversarial
%% When processes are scheduled and their heaps collected, as their tracer hears of it. (The adversarial modes do both
%% more often.)
-module(schedules).
-export([main/0]).

main() ->
    show([running, exiting], fun() -> receive after 1 -> ok end end),
    show([garbage_collection], fun() -> erlang:garbage_collect(), erlang:trace(self(), false, [all]) end).

show(Flags, F) ->
    Me = self(),
    P = spawn(fun() -> Me ! {ready, self()}, receive go -> F() end end),
    receive {ready, P} -> settle(P) end,
    1 = erlang:trace(P, true, Flags),
    R = monitor(process, P),
    P ! go,
    receive {'DOWN', R, process, P, _} -> ok end,
    D = erlang:trace_delivered(all), receive {trace_delivered, all, D} -> ok end,
    events(P).
settle(P) -> case process_info(P, status) of {status, waiting} -> P; _ -> erlang:yield(), settle(P) end.
events(P) -> receive {trace, P, Event, Info} -> io:format("~p ~p~n", [Event, plain(Info)]), events(P) after 0 -> ok end.
plain(Info) when is_list(Info) -> [K || {K, V} <- Info, is_integer(V)];
plain(Place) -> Place.
