%% system_profile: messages about processes that go to sleep and wake up, and about schedulers; microstate accounting.
-module(system_profile).
-export([main/0, loop/0]).

main() ->
    Collector = spawn_link(fun() -> collect([]) end),
    P = spawn_link(?MODULE, loop, []),
    t:wait_until(fun() -> process_info(P, status) =:= {status, waiting} end),
    [begin
         erlang:system_profile(Collector, Options),
         [begin
              P ! {self(), N},
              receive {P, N} -> ok end,
              t:wait_until(fun() -> process_info(P, status) =:= {status, waiting} end)
          end || N <- [1, 2]],
         %% Some of the real erl's messages are still on their way.
         t:wait_until(fun() -> length([x || M <- peek(Collector), element(2, M) =:= P]) >= 4 end),
         erlang:system_profile(undefined, []),
         Messages = collected(Collector),
         t:p({Options, first_four([{Change, Place, shape(Time)} || {profile, Q, Change, Place, Time} <- Messages, Q =:= P])})
     end || Options <- [[runnable_procs], [runnable_procs, timestamp], [runnable_procs, monotonic_timestamp],
                        [runnable_procs, strict_monotonic_timestamp]]],
    erlang:system_profile(Collector, [scheduler]),
    [receive after 5 -> ok end || _ <- lists:seq(1, 10)],
    t:wait_until(fun() -> length(peek(Collector)) >= 2 end),
    erlang:system_profile(undefined, []),
    t:p(lists:usort([{Change, Number >= 1, Active >= 0, shape(Time)}
                     || {profile, scheduler, Number, Change, Active, Time} <- collected(Collector)])),
    accounting().

%% P may also have been woken by the questions about it.
first_four(List) -> lists:sublist(List, 4).

shape({A, B, C}) when is_integer(A), is_integer(B), is_integer(C) -> timestamp;
shape({A, B}) when is_integer(A), is_integer(B) -> strict;
shape(N) when is_integer(N) -> monotonic.

loop() ->
    receive {From, N} -> From ! {self(), N} end,
    loop().

collect(List) ->
    receive
        {peek, Pid} -> Pid ! {self(), List}, collect(List);
        {get, Pid} -> Pid ! {self(), lists:reverse(List)}, collect([]);
        M -> collect([M | List])
    end.

collected(Collector) ->
    Collector ! {get, self()},
    receive {Collector, List} -> List end.

peek(Collector) ->
    Collector ! {peek, self()},
    receive {Collector, List} -> List end.

accounting() ->
    t:p([erlang:system_flag(microstate_accounting, V) || V <- [true, true, reset]]),
    t0(erlang:monotonic_time()),
    Maps = erlang:statistics(microstate_accounting),
    t:p(lists:usort([{Type, lists:sort(maps:keys(Counters))} || #{type := Type, counters := Counters} <- Maps])),
    t:p(lists:sum([N || #{type := scheduler, counters := #{emulator := N}} <- Maps]) > 0),
    t:p([erlang:system_flag(microstate_accounting, V) || V <- [false, false]]),
    t:e(flag, fun() -> erlang:system_flag(microstate_accounting, x) end).

t0(Start) ->
    case erlang:convert_time_unit(erlang:monotonic_time() - Start, native, millisecond) of
        Time when Time < 20 -> t0(Start);
        _ -> ok
    end.
