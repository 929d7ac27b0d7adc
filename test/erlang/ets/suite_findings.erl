-module(suite_findings).
-export([main/0]).

%% What OTP's own tests of tables found.
main() ->
    protection(),
    order(),
    io:format("~p~n", [[next(T, F) || T <- [set, ordered_set], F <- [next, prev]]]),
    continuations(),
    replacing(),
    errors(),
    kept().

protection() ->
    T = ets:new(t, [private]),
    ets:insert(T, {1, a}),
    Look = fun() -> in_process(fun() -> {lookup(T), try ets:insert(T, {2, b}) catch error:E -> E end} end) end,
    io:format("~p~n", [[begin ets:setopts(T, O), {ets:info(T, protection), Look()} end
                        || O <- [[], {protection, protected}, [{protection, public}], {protection, private}]]]),
    io:format("~p~n", [[try ets:setopts(T, O) catch error:E -> E end
                        || O <- [{protection, x}, [protected], [{protection, public}, {protection, private}],
                                 {protection}, [{heir, none}, {protection, public}]]]]).

lookup(T) -> try ets:lookup(T, 1) catch error:E -> E end.

%% Objects of a bag come in the order in which they were inserted, also while the table is fixed.
order() ->
    [begin
         T = ets:new(t, [Type]),
         ets:safe_fixtable(T, Fixed),
         [ets:insert(T, {k, V}) || V <- [1, 2, 3]],
         ets:delete_object(T, {k, 1}),
         ets:insert(T, {k, 1}),
         ets:insert(T, {k, 1}),
         io:format("~p ~p ~p ~p~n", [Type, Fixed, ets:lookup(T, k), ets:info(T, size)])
     end || Type <- [bag, duplicate_bag], Fixed <- [false, true]].

next(Type, F) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{a}, {1}]),
    try ets:F(T, '$end_of_table') catch error:E -> E end.

%% A continuation belongs to its table, whatever that is called by now.
continuations() ->
    Make = fun() ->
        ets:new(named, [named_table]),
        ets:insert(named, [{I, x} || I <- lists:seq(1, 4)]),
        {[_], C} = ets:select(named, [{{'$1', x}, [], ['$1']}], 1),
        C
    end,
    C1 = Make(),
    ets:delete(named),
    io:format("~p~n", [try ets:select(C1) catch error:E -> E end]),
    C2 = Make(),
    io:format("~p~n", [try ets:select(C1) catch error:E2 -> E2 end]),
    ets:rename(named, renamed),
    {L, _} = ets:select(C2),
    io:format("~p~n", [length(L)]).

%% Replacing must keep the key.
replacing() ->
    T = ets:new(t, []),
    Try = fun(Head, Body) -> try ets:select_replace(T, [{Head, [], [Body]}]) catch error:E -> E end end,
    io:format("~p~n", [[Try({K, '$2'}, {{K, '$2'}})
                        || K <- ['$1', '_', '$_', '$$', #{}, #{a => '$1'}, {}, [], [a | b], "s", 1.5, <<"b">>]]]),
    io:format("~p~n", [[Try({K, 1}, {const, {K, 1}})
                        || K <- ['$1', '_', '$_', '$$', #{}, #{a => 1}, {#{}}, [x, #{}], {}, [], "s", 1.5, <<"b">>]]]).

errors() ->
    T = ets:new(t, []),
    ets:insert(T, {one, 1, x}),
    Cause = fun(F, Args) ->
        try apply(ets, F, Args) catch error:E:S -> {E, proplists:get_value(error_info, element(4, hd(S)))} end
    end,
    io:format("~p~n", [[Cause(update_counter, [T | A])
                        || A <- [[none, bad], [none, {1, bad}, {tag, 0}], [one, {4, bad}], [one, {4, 1}],
                                 [one, {1, 1}], [one, {1, bad}], [one, {2, bad}], [one, []], [one, [{2, 1}, {4, bad}]]]]]),
    io:format("~p~n", [in_process(fun() -> [Cause(give_away, [T, no_pid, x]), Cause(setopts, [T, bad])] end)]),
    io:format("~p~n", [[Cause(give_away, [T, no_pid, x]), Cause(setopts, [T, bad])]]).

%% Deleted objects of a fixed table.
kept() ->
    [begin
         T = ets:new(t, [Type]),
         ets:insert(T, [{I, x} || I <- lists:seq(1, 100)]),
         ets:safe_fixtable(T, true),
         [ets:delete(T, I) || I <- lists:seq(1, 10)],
         ets:select_delete(T, [{{'$1', x}, [{'<', '$1', 21}], [true]}]),
         Kept = kept(T),
         ets:safe_fixtable(T, false),
         io:format("~p ~p ~p~n", [Type, Kept, kept(T)])
     end || Type <- [set, bag, duplicate_bag]].

kept(T) -> element(7, ets:info(T, stats)).

in_process(F) ->
    {_, M} = spawn_monitor(fun() -> exit({result, F()}) end),
    receive {'DOWN', M, _, _, {result, R}} -> R end.
