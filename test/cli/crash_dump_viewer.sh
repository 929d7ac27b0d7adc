# OTP's crashdump_viewer reads the crash dumps of joist.
. test/cli/lib.bash
bin=$(dirname "$JOIST")
erl -noshell -eval 'halt(case code:which(crashdump_viewer) of non_existing -> 1; _ -> 0 end).' || skip "crashdump_viewer is not installed"
(cd "$work" && ERL_CRASH_DUMP=dump "$bin/erl" -noshell -eval '
  spawn(fun() -> put(key, {value, "text", <<"bin">>, #{a => 1}, 1.5, 1 bsl 70, fun lists:map/2, [self()]}),
                 register(victim, self()), self() ! {message, 1}, timer:sleep(10000) end),
  ets:insert(ets:new(tab, [named_table, public]), {a, b}), erlang:send_after(1000000, self(), {tick, 1}),
  persistent_term:put({my, key}, binary:copy(<<"large">>, 100)), timer:sleep(200), halt("dumped for viewing").' >"$out" 2>"$err")
compile viewing <<'E'
-module(viewing).
-export([main/0]).
main() ->
    {ok, _} = crashdump_viewer:start_link(),
    crashdump_viewer:read_file("dump"),
    timer:sleep(3000),
    {ok, General, _} = crashdump_viewer:general_info(),
    {ok, Processes, _} = crashdump_viewer:processes(),
    [Pid] = [element(2, P) || P <- Processes, lists:member("victim", tuple_to_list(P))],
    {ok, Victim, _} = crashdump_viewer:proc_details(case is_pid(Pid) of true -> pid_to_list(Pid); false -> Pid end),
    {ok, Tables, _} = crashdump_viewer:ets_tables(all),
    {ok, Modules, _} = crashdump_viewer:loaded_modules(),
    {ok, Atoms, _} = crashdump_viewer:atoms(),
    {ok, Ports, _} = crashdump_viewer:ports(),
    {ok, Memory, _} = crashdump_viewer:memory(),
    {ok, Schedulers, _} = crashdump_viewer:schedulers(),
    {ok, Timers, _} = crashdump_viewer:timers(all),
    {ok, Funs, _} = crashdump_viewer:funs(),
    {ok, Allocated, _} = crashdump_viewer:allocated_areas(),
    {ok, Allocators, _} = crashdump_viewer:allocator_info(),
    {ok, HashTables, _} = crashdump_viewer:hash_tables(),
    {ok, IndexTables, _} = crashdump_viewer:index_tables(),
    {ok, Persistent, _} = crashdump_viewer:persistent_terms(),
    io:format("~p~n", [{[1 || T <- Timers, lists:member("{tick,1}", tuple_to_list(T))], length(Funs) > 100, length(Allocated) > 5,
                        length(Allocators) > 1, length(HashTables) > 2, length(IndexTables) > 1, Persistent =/= []}]),
    io:format("~s~n~p~n~p~n", [element(3, General), [I || [{_, _} | _] = I <- tuple_to_list(Victim)],
        {length(Processes) > 20, [1 || T <- Tables, lists:member("tab", tuple_to_list(T))], length(Modules) > 50,
         length(Atoms) > 1000, length(Ports) > 1, proplists:is_defined(total, Memory), length(Schedulers) > 1}]),
    halt().
E
(cd "$work" && timeout 60 erl -noshell -s viewing main >"$out" 2>"$err")
prints "dumped for viewing"
prints '{message,1}'
prints '{key,{value,"text",<<"bin">>,'
prints '1.5,1180591620717411303424,fun lists:map/2,'
prints '{true,[1],true,true,true,true,true}'
prints '{[1],true,true,true,true,true,true}'
