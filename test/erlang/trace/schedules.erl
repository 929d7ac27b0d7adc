%% except: adversarial
%% When processes are scheduled and their heaps collected, as their tracer hears of it. (The adversarial modes do both
%% more often.)
-module(schedules).
-export([main/0]).

main() ->
    show([running, exiting], fun() -> receive after 1 -> ok end, receive after 1 -> ok end end),
    show([garbage_collection], fun() -> erlang:garbage_collect(), erlang:trace(self(), false, [all]) end).

%% The process lets itself be traced: whoever did it from outside could still see it act on an earlier signal.
show(Flags, F) ->
    Me = self(),
    {P, R} = spawn_monitor(fun() -> 1 = erlang:trace(self(), true, [{tracer, Me} | Flags]), F() end),
    receive {'DOWN', R, process, P, _} -> ok end,
    D = erlang:trace_delivered(all), receive {trace_delivered, all, D} -> ok end,
    events(P).
events(P) -> receive {trace, P, Event, Info} -> io:format("~p ~p~n", [Event, plain(Info)]), events(P) after 0 -> ok end.
plain(Info) when is_list(Info) -> [K || {K, V} <- Info, is_integer(V)];
plain(Place) -> Place.
