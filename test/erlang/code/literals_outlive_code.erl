%% Constants of code that is purged stay with who has them: in heaps, messages, tables, timers; funs of it fail. The same
%% for persistent terms that are replaced.
-module(literals_outlive_code).
-export([main/0]).

main() ->
    Holder = spawn_link(fun() -> hold([]) end),
    Table = ets:new(table, []),
    [version(N, Holder, Table) || N <- lists:seq(1, 12)],
    t:wait_until(fun() -> Holder ! {get, self()}, receive {held, L} -> length(L) =:= 24 end end),
    Holder ! {get, self()},
    receive {held, Held} -> t:p(Held =:= lists:append([[{copy, literal(N), [literal(N)]}, literal(N)] || N <- lists:seq(12, 1, -1)])) end,
    t:p([ets:lookup(Table, N) =:= [{N, literal(N)}] || N <- lists:seq(1, 12)] =:= lists:duplicate(12, true)),
    t:p([receive {later, N, L} -> L =:= literal(N) end || N <- lists:seq(1, 12)] =:= lists:duplicate(12, true)),
    t:p([get({kept, N}) =:= literal(N) || N <- lists:seq(1, 12)] =:= lists:duplicate(12, true)),
    persistent(),
    waiting_callers().

version(N, Holder, Table) ->
    load(N),
    L = purged:literal(),
    Holder ! {keep, L},
    Holder ! {keep, {copy, purged:literal(), [L]}},
    self() ! {mine, L},
    self() ! L,
    ets:insert(Table, {N, purged:literal()}),
    erlang:send_after(50, self(), {later, N, purged:literal()}),
    put({kept, N}, purged:literal()),
    F = purged:closure(),
    N = F(),
    true = erlang:delete_module(purged),
    false = erlang:check_process_code(self(), purged),
    erts_code_purger:purge(purged),
    undef = try F() catch error:Reason -> reason(Reason) end,
    receive {mine, M} -> true = M =:= literal(N) end,
    receive {literal, N, _, _, _, _} = P -> true = P =:= literal(N) end,
    true = L =:= literal(N).

reason({undef, _}) -> undef;
reason({badfun, _}) -> undef;
reason(Reason) -> Reason.

hold(L) ->
    receive
        {keep, X} -> hold([X | L]);
        {get, P} -> P ! {held, L}, hold(L)
    end.

persistent() ->
    Reader = spawn_link(fun() -> read([]) end),
    [begin
         persistent_term:put(key, {N, lists:seq(1, 100), <<N:2000>>}),
         Reader ! {read, self()},
         receive read -> ok end
     end || N <- lists:seq(1, 300)],
    persistent_term:erase(key),
    t:p(persistent_term:get(key, gone)),
    receive after 20 -> ok end,
    Reader ! {all, self()},
    receive {all, L} -> t:p(L =:= [{N, lists:seq(1, 100), <<N:2000>>} || N <- lists:seq(300, 1, -1)]) end,
    %% A constant of code becomes a value of its own.
    load(7),
    persistent_term:put(key, purged:literal()),
    erlang:delete_module(purged),
    erts_code_purger:purge(purged),
    receive after 20 -> ok end,
    t:p(persistent_term:get(key) =:= literal(7)),
    persistent_term:erase(key).

read(L) ->
    receive
        {read, P} -> V = persistent_term:get(key), P ! read, read([V | L]);
        {all, P} -> P ! {all, L}
    end.

%% Funs are called all the while that their code comes and goes.
waiting_callers() ->
    load(1),
    F = purged:closure(),
    Callers = [spawn_monitor(fun() -> call(F, 0) end) || _ <- lists:seq(1, 4)],
    [begin load(1), without_killing() end || _ <- lists:seq(1, 8)],
    true = erlang:delete_module(purged),
    without_killing(),
    t:p(lists:usort([receive {'DOWN', R, _, P, Why} -> Why end || {P, R} <- Callers])).
%% A hard purge would kill a caller that happens to stand in the code.
without_killing() -> t:wait_until(fun() -> erts_code_purger:soft_purge(purged) end).

call(F, N) -> try F() of 1 -> call(F, N + 1) catch error:_ -> ok end.

load(N) ->
    {ok, purged, Binary} = compile:forms(forms(N), []),
    erlang:check_old_code(purged) andalso erts_code_purger:purge(purged),
    {module, purged} = erlang:load_module(purged, Binary).

literal(N) -> {literal, N, [1, 2, N], "text", #{a => N, b => [N]}, binary:copy(<<N:32>>, 50)}.

forms(N) ->
    Text = io_lib:format("-module(purged). -export([literal/0, closure/0]). literal() -> ~w. closure() -> fun() -> ~w end.", [literal(N), N]),
    {ok, Tokens, _} = erl_scan:string(lists:flatten(Text)),
    split(Tokens, []).

split([], []) -> [];
split([{dot, _} = D | T], Acc) -> {ok, F} = erl_parse:parse_form(lists:reverse([D | Acc])), [F | split(T, [])];
split([X | T], Acc) -> split(T, [X | Acc]).
