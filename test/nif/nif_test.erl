%% What native functions do and see: prints the same on every VM. Libraries: ./nif_test_1.so, ./nif_test_2.so.
-module(nif_test).
-export([main/0, load/2, loaded/0, number/1]).
-nifs([inspect/1, binaries/1, maps/2, make/1, times/0, thing/1, number/1, watch/2, pipe/1, select/3, send_both/2, command/2,
       raise/1, bad/2, bad_dirty/1, count_down/2, fail_later/1, consume/0, build/2, build_dirty/2, threads/0, queue/1, loaded/0,
       pid_things/0, kind/0, kind_cpu/0, kind_io/0]).
-define(STUB, erlang:nif_error(not_loaded)).
inspect(_) -> ?STUB. binaries(_) -> ?STUB. maps(_, _) -> ?STUB. make(_) -> ?STUB. times() -> ?STUB. thing(_) -> ?STUB.
number(_) -> ?STUB. watch(_, _) -> ?STUB. pipe(_) -> ?STUB. select(_, _, _) -> ?STUB. send_both(_, _) -> ?STUB.
command(_, _) -> ?STUB. raise(_) -> ?STUB. bad(_, _) -> ?STUB. bad_dirty(_) -> ?STUB. count_down(_, _) -> ?STUB.
fail_later(_) -> ?STUB. consume() -> ?STUB. build(_, _) -> ?STUB. build_dirty(_, _) -> ?STUB. threads() -> ?STUB.
queue(_) -> ?STUB. loaded() -> ?STUB. pid_things() -> ?STUB. kind() -> ?STUB. kind_cpu() -> ?STUB. kind_io() -> ?STUB.

load(Path, Info) -> erlang:load_nif(Path, Info).

main() ->
    register(nif_test_main, self()),
    show(unloaded, fun() -> loaded() end),
    show(refused, fun() -> load("./nif_test_1", 1) end),
    show(load, fun() -> load("./nif_test_1", a) end),
    show(loaded, fun() -> loaded() end),
    show(again, fun() -> load("./nif_test_1", a) end),
    show(nifs, fun() -> module_info(nifs) end),
    show(stacktrace, fun() -> process_info(self(), current_function) end),
    Terms = [0, -1, 1 bsl 31, 1 bsl 62, -(1 bsl 63), (1 bsl 64) - 1, 1 bsl 64, 1.5, a, 'h\351llo', '\x{3b1}', [], "abc", [a|b],
             "a long string that does not fit", [256], {}, {a, b}, #{}, #{key => value}, <<>>, <<"bytes">>, <<1:1>>,
             binary:part(list_to_binary(lists:duplicate(100, $q)), 3, 4), [<<"a">>, [$b | <<"c">>]], fun lists:map/2, self()],
    [show({inspect, label(T)}, fun() -> [clean(I) || I <- inspect(T)] end) || T <- Terms],
    <<_:3, Unaligned:2/binary, _/bits>> = <<5:3, "xy", 0:5>>,
    show(unaligned, fun() -> inspect(Unaligned) end),
    show(binaries, fun() -> binaries({[1.5, atom, "text", <<"b">>], #{a => 1 bsl 70}}) end),
    show(maps, fun() -> maps(#{1 => one, 2 => two, c => three}, k) end),
    show(maps, fun() -> {A, B, C, L, D} = maps(maps:from_list([{I, I} || I <- lists:seq(1, 50)]), other), {A, B, C, length(L), D} end),
    true = os:putenv("NIF_TEST_VARIABLE", "its value"),
    show(make, fun() -> make({a, [1, "two"], <<3>>}) end),
    show(times, fun() -> times() end),
    show(pid_things, fun() -> pid_things() end),
    show(kinds, fun() -> {kind(), kind_cpu(), kind_io()} end),
    show(raise, fun() -> raise({my, [reason]}) end),
    show(bad, fun() -> bad(1, two) end),
    show(bad_dirty, fun() -> bad_dirty(1) end),
    show(count_down, fun() -> count_down(7, 0) end),
    show(fail_later, fun() -> fail_later(x) end),
    show(count_down, fun() -> count_down(-1, {y}) end),
    show(consume, fun() -> consume() end),
    show(build, fun() -> L = build(20000, [a, b]), erlang:garbage_collect(), {length(L), erlang:phash2(L)} end),
    show(build_dirty, fun() -> L = build_dirty(20000, "ab"), erlang:garbage_collect(), {length(L), erlang:phash2(L)} end),
    show(send, fun() -> {send_both(self(), {hello, "x"}), flush()} end),
    show(send_named, fun() -> {send_both(nif_test_main, hello), flush()} end),
    {Dead, M} = spawn_monitor(fun() -> ok end), receive {'DOWN', M, _, _, _} -> ok end,
    show(send_dead, fun() -> send_both(Dead, hello) end),
    Port = open_port({spawn, "cat"}, [binary]),
    show(command, fun() -> R = command(Port, [<<"to ">>, "the port"]), receive {Port, Got} -> {R, Got} after 5000 -> R end end),
    port_close(Port), flush(),
    show(command_closed, fun() -> command(Port, <<"x">>) end),
    show(threads, fun() -> {threads(), flush()} end),
    show(queue, fun() -> queue([<<"abc">>, binary:copy(<<"0123456789">>, 10), <<>>, <<"xyz">>]) end),
    show(queue_bad, fun() -> queue([<<"abc">>, a]) end),
    resources(), selecting(), replacing().

resources() ->
    show(resource, fun() -> T = thing(1), {number(T), is_reference(T), T =:= T} end),
    erlang:garbage_collect(),
    show(destroyed, fun() -> next() end),
    %% A resource lives on in a message, in a table, in a term of another process.
    Self = self(),
    Keeper = spawn(fun() -> receive T -> Self ! {number, number(T)} end, receive stop -> number(T) end end),
    Keeper ! thing(2),
    show(sent, fun() -> next() end),
    erlang:garbage_collect(),
    show(kept, fun() -> flush() end),
    Keeper ! stop,
    show(destroyed, fun() -> next() end),
    Table = ets:new(t, []), ets:insert(Table, {x, thing(3)}), erlang:garbage_collect(),
    show(in_table, fun() -> number(ets:lookup_element(Table, x, 2)) end),
    erlang:garbage_collect(), ets:delete(Table),
    show(destroyed, fun() -> next() end),
    show(not_one, fun() -> number(self) end),
    Watched = spawn(fun() -> receive stop -> ok end end),
    {0, _, _, _, _, W} = Watch = watch(4, Watched),
    show(watch, fun() -> {setelement(6, Watch, resource), number(W)} end),
    show(monitored_by, fun() -> [is_reference(R) || R <- element(2, process_info(Watched, monitored_by))] end),
    Watched ! stop,
    show(down, fun() -> next() end),
    show(watch_dead, fun() -> setelement(6, watch(5, Watched), resource) end),
    erlang:garbage_collect(),
    show(destroyed, fun() -> {number(W), next()} end),
    erlang:garbage_collect(),
    show(destroyed, fun() -> next() end).

selecting() ->
    P = pipe(6), Ref = make_ref(),
    show(select, fun() -> {select(P, 0, Ref), flush()} end),
    show(written, fun() -> select(P, 1, Ref) end),
    show(ready, fun() -> receive {select, P, Ref, What} -> What after 5000 -> late end end),
    show(once, fun() -> timer:sleep(50), flush() end),
    show(read, fun() -> select(P, 2, Ref) end),
    show(select, fun() -> select(P, 0, undefined) end),
    show(cancel, fun() -> {select(P, 3, Ref), select(P, 1, Ref), timer:sleep(50), flush()} end),
    show(own, fun() -> {select(P, 6, {some, "term"}), next()} end),
    show(stop, fun() -> {select(P, 4, Ref), next()} end),
    show(write, fun() -> Q = pipe(7), R = select(Q, 5, Ref), receive {select, Q, undefined, What} -> {R, What} after 5000 -> late end end).

%% A new version of the module loads a newer library.
replacing() ->
    Old = thing(8),
    {ok, ?MODULE, Code} = compile:file(?FILE, [binary]),
    {module, ?MODULE} = code:load_binary(?MODULE, ?FILE, Code),
    show(new_version, fun() -> ?MODULE:load("./nif_test_2", b) end),
    show(loaded, fun() -> {?MODULE:loaded(), loaded(), ?MODULE:number(Old)} end).

label(T) when is_pid(T) -> pid;
label(T) -> T.
clean(P) when is_pid(P) -> pid;
clean(T) -> T.

next() -> receive M -> M after 5000 -> nothing end.
flush() -> receive M -> [clean(M) | flush()] after 20 -> [] end.

show(What, F) ->
    Result = try F() catch C:R:S -> {C, R, [setelement(4, X, [I || {error_info, _} = I <- element(4, X)]) || X <- lists:sublist(S, 2)]} end,
    io:format("~p: ~p~n", [What, Result]).
