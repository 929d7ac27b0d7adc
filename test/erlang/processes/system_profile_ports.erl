%% system_profile of ports, and of processes that wait for a port's answer (exclusive).
-module(system_profile_ports).
-export([main/0]).

main() ->
    Collector = spawn_link(fun() -> collect([]) end),
    Port = open_port({spawn, "cat"}, [binary]),
    erlang:system_profile(Collector, [runnable_ports]),
    port_command(Port, "hello"),
    receive {Port, {data, <<"hello">>}} -> ok end,
    t:wait_until(fun() -> length([M || M <- peek(Collector), element(2, M) =:= Port]) >= 4 end),
    erlang:system_profile(undefined, []),
    t:p(lists:usort([{Change, Place} || {profile, P, Change, Place, _} <- collected(Collector), P =:= Port])),
    %% How often it has to wait for the port is a matter of time.
    t:p(length(changes_of_caller(Collector, Port, [runnable_procs])) >= 40),
    t:p(lists:usort(changes_of_caller(Collector, Port, [runnable_procs, exclusive])) -- [active, inactive]),
    t:p(changes_of_caller(Collector, Port, [exclusive])),
    port_close(Port).

%% The caller of a port counts as inactive until it has been answered.
changes_of_caller(Collector, Port, Options) ->
    Self = self(),
    Caller = spawn_link(fun() ->
                                receive go -> ok end,
                                [port_command(Port, "x", [nosuspend]) || true <- [catch port_connect(Port, self())], _ <- lists:seq(1, 20)],
                                catch port_connect(Port, Self), Self ! done,
                                receive stop -> ok end
                        end),
    t:wait_until(fun() -> process_info(Caller, status) =:= {status, waiting} end),
    erlang:system_profile(Collector, Options),
    Caller ! go,
    receive done -> ok end,
    t:wait_until(fun() -> process_info(Caller, status) =:= {status, waiting} end),
    erlang:system_profile(undefined, []),
    Changes = [Change || {profile, P, Change, _, _} <- collected(Collector), P =:= Caller],
    Caller ! stop,
    Changes.

collect(List) ->
    receive
        {peek, Pid} -> Pid ! {self(), List}, collect(List);
        {get, Pid} -> Pid ! {self(), lists:reverse(List)}, collect([]);
        M -> collect([M | List])
    end.
collected(Collector) -> ask(Collector, get).
peek(Collector) -> ask(Collector, peek).
ask(Collector, What) ->
    Collector ! {What, self()},
    receive {Collector, List} -> List end.
