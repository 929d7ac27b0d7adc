%% Drivers in C: loading and unloading them, and what they can do. Prints what happens.
-module(driver_test).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    loading(),
    ok = erl_ddll:load_driver(".", "driver_test"),
    [operations(Options) || Options <- [[binary], []]],
    starting(),
    ends(),
    busy(),
    flushing(),
    lines(),
    ports_and_unloading(),
    permanent().

p(T) -> io:format("~p~n", [T]).
e(F) -> p(try F() catch C:R -> {C, R} end).

%% Messages without what differs from run to run: so many at least, and all others that come in a while.
messages() -> messages(0).
messages(Least) ->
    receive M -> [clean(M) | messages(Least - 1)]
    after if Least > 0 -> 10000; true -> 50 end -> []
    end.
clean(P) when is_port(P) -> port;
clean(P) when is_pid(P) -> pid;
clean(R) when is_reference(R) -> ref;
clean(T) when is_tuple(T) -> list_to_tuple([clean(X) || X <- tuple_to_list(T)]);
clean([H | T]) -> [clean(H) | clean(T)];
clean(T) -> T.
cleaned(F) -> p(clean(try F() catch C:R -> {C, R} end)).

loading() ->
    L = fun(Name, Options) -> cleaned(fun() -> erl_ddll:try_load(".", Name, Options) end) end,
    U = fun(Name, Options) -> cleaned(fun() -> erl_ddll:try_unload(Name, Options) end) end,
    [begin
         e(fun() -> erl_ddll:try_load(".", Name, []) end),
         e(fun() -> {error, E} = erl_ddll:load(".", Name), erl_ddll:format_error(E) end)
     end || Name <- ["driver_none", "driver_no_init", "driver_wrong_name", "driver_old", "driver_new"]],
    [e(fun() -> erl_ddll:format_error(E) end)
     || E <- [inconsistent, linked_in_driver, permanent, not_loaded, not_loaded_by_this_process, pending_reload, pending_process,
              load_cancelled, foo, {open_error, 5}]],
    [L(Name, []) || Name <- ["", '', 1, "tcp_inet", udp_inet]],
    [L(driver_test, Options) || Options <- [foo, [foo], [{monitor, foo}], [{driver_options, [foo]}], [{reload, pending}]]],
    e(fun() -> erl_ddll:try_load(1, driver_test, []) end),
    [U(Name, Options) || {Name, Options} <- [{"driver_test", []}, {driver_test, [kill_ports]}, {driver_test, [foo]}, {"tcp_inet", []}]],
    L(driver_test, []), L(["driver", <<"_test">>], []),
    e(fun() -> erl_ddll:try_load("./", driver_test, []) end),
    e(fun() -> erl_ddll:try_load("../.", driver_test, []) end),
    L(driver_test, [{driver_options, [kill_ports]}]),
    cleaned(fun() -> erl_ddll:info(driver_test) end),
    e(fun() -> {ok, Names} = erl_ddll:loaded_drivers(), Names -- ["sctp_inet"] end),
    Self = self(),
    spawn(fun() ->
                  U(driver_test, []), L(driver_test, [{reload, pending}]), L(driver_test, []),
                  cleaned(fun() -> erl_ddll:info(driver_test, processes) end),
                  Self ! gone
          end),
    receive gone -> ok end,
    L(driver_test, [{reload, pending_driver}]),
    [cleaned(fun() -> erl_ddll:monitor(driver, {Name, When}) end)
     || Name <- ["driver_none", tcp_inet, driver_test], When <- [loaded, unloaded, unloaded_only]],
    e(fun() -> erl_ddll:monitor(driver, {driver_test, foo}) end),
    e(fun() -> erl_ddll:monitor(foo, {driver_test, loaded}) end),
    e(fun() -> erl_ddll:demonitor(erl_ddll:monitor(driver, {driver_test, unloaded})) end),
    e(fun() -> erl_ddll:demonitor(foo) end),
    cleaned(fun() -> erl_ddll:info(driver_test, awaiting_unload) end),
    [e(fun() -> erl_ddll:info(Name, Item) end) || {Name, Item} <- [{driver_test, foo}, {foo, port_count}, {"tcp_inet", port_count}]],
    [U(driver_test, [{monitor, pending}]) || _ <- [1, 2, 3, 4]],
    p(messages(12)).

operations(Options) ->
    p(Options),
    Port = open_port({spawn_driver, "driver_test"}, Options),
    Control = fun(Operation, Data, Messages) ->
                      p({Operation, try port_control(Port, Operation, Data) catch C:R -> {C, R} end, messages(Messages)})
              end,
    [Control(Operation, "data", Messages)
     || {Operation, Messages} <- [{1, 1}, {2, 1}, {3, 1}, {4, 3}, {5, 1}, {6, 1}, {7, 0}, {8, 0}, {9, 2}, {10, 0}, {20, 0}, {21, 1},
                                  {22, 0}, {23, 0}, {24, 1}, {26, 0}, {27, 0}, {99, 0}]],
    Control(2, "", 1), Control(3, "", 1),
    p(length(port_control(Port, 25, ""))),
    [begin Port ! {self(), {command, Data}}, p({command, messages(1)}) end
     || Data <- ["hello", <<"hello">>, ["he", [<<"l">>], $l, "o"], "", "h", "head over heels", lists:duplicate(70, $z)]],
    [p(try erlang:port_call(Port, Operation, T) catch C:R -> {C, R} end)
     || {Operation, T} <- [{1, {a, [b], 1.5, <<"c">>}}, {1, lists:duplicate(300, x)}, {2, x}]],
    Other = spawn(fun() -> p(port_control(Port, 7, "")), receive stop -> ok end end),
    p(messages()), exit(Other, kill), p(messages(1)),
    Control(16, "", 0), Control(17, "", 0),
    p([erlang:port_info(Port, I) || I <- [name, queue_size, locking, output]]),
    p(port_close(Port)), p(messages(1)).

starting() ->
    [e(fun() -> open_port({spawn_driver, "driver_test " ++ How}, []) end) || How <- ["general", "badarg", "errno"]],
    Port = open_port({spawn, "driver_test says this"}, []),
    p(messages(1)),
    port_close(Port), p(messages(1)),
    Asks = open_port({spawn, "driver_test caller"}, []),
    p(messages(1)),
    p(port_control(Asks, 28, "")), port_close(Asks), p(messages(1)),
    p(lists:member(driver_test, erlang:system_info(taints))).

ends() ->
    [begin
         Port = open_port({spawn_driver, "driver_test"}, Options),
         monitor(port, Port),
         p({Operation, try port_control(Port, Operation, Data) catch C:R -> {C, R} end, messages(1)}),
         p(erlang:port_info(Port, name)), catch port_close(Port), messages()
     end || {Operation, Data, Options} <- [{11, "reason", []}, {12, "", []}, {13, "", []}, {13, "", [eof]}, {14, "", []}, {14, "x", []}]].

busy() ->
    Port = open_port({spawn_driver, "driver_test"}, [binary]),
    port_control(Port, 15, ""),
    p(erlang:port_command(Port, "no", [nosuspend])),
    e(fun() -> erlang:port_command(Port, "no", [force]) end),
    p(erlang:port_command(Port, "later")),
    p(messages(2)), port_close(Port), messages().

flushing() ->
    Port = open_port({spawn_driver, "driver_test"}, []),
    Port ! {self(), {command, "queue this"}},
    p(messages(1)), p(erlang:port_info(Port, queue_size)),
    Port ! {self(), close},
    p(messages(2)).

lines() ->
    Port = open_port({spawn_driver, "driver_test"}, [{line, 5}]),
    port_control(Port, 1, "one\ntwo\nlonger than five\nrest"),
    p(messages(6)), port_close(Port), messages().

ports_and_unloading() ->
    [Port, P2] = [open_port({spawn_driver, "driver_test"}, []) || _ <- [1, 2]],
    p(erl_ddll:info(driver_test, port_count)),
    cleaned(fun() -> erl_ddll:try_load(".", driver_test, [{reload, pending_driver}, {monitor, pending_driver},
                                                          {driver_options, [kill_ports]}]) end),
    p(lists:sort(messages(3))), p([erlang:port_info(P) || P <- [Port, P2]]),
    cleaned(fun() -> erl_ddll:info(driver_test) end),
    New = open_port({spawn_driver, "driver_test"}, []),
    p(port_control(New, 1, "")), messages(1),
    port_close(New), messages(1),
    cleaned(fun() -> erl_ddll:try_unload(driver_test, []) end),
    e(fun() -> open_port({spawn_driver, "driver_test"}, []) end),
    %% Without kill_ports unloading waits for the ports, and ends when it is loaded anew.
    ok = erl_ddll:load(".", driver_test),
    Open = open_port({spawn_driver, "driver_test"}, []),
    erl_ddll:monitor(driver, {driver_test, unloaded_only}),
    cleaned(fun() -> erl_ddll:try_unload(driver_test, [{monitor, pending_driver}]) end),
    cleaned(fun() -> erl_ddll:try_load(".", driver_test, []) end),
    p(messages(1)),
    cleaned(fun() -> erl_ddll:try_unload(driver_test, [{monitor, pending}]) end),
    p(messages()), port_close(Open), p(messages(3)),
    %% The only user dies.
    Self = self(),
    User = spawn(fun() -> ok = erl_ddll:load(".", driver_test), Self ! loaded, receive stop -> ok end end),
    receive loaded -> ok end,
    erl_ddll:monitor(driver, {driver_test, unloaded}),
    exit(User, kill), p(messages(1)).

permanent() ->
    ok = erl_ddll:load(".", driver_test),
    erl_ddll:monitor(driver, {driver_test, unloaded}),
    Port = open_port({spawn_driver, "driver_test"}, []),
    p(port_control(Port, 19, "")), p(messages(1)),
    p([erl_ddll:try_load(".", driver_test, []), erl_ddll:try_unload(driver_test, [])]),
    cleaned(fun() -> erl_ddll:info(driver_test) end),
    port_close(Port).
