%% time: 60
%% Counters that many processes change and look at in many ways: no increment is lost, and nobody sees a half of one.
-module(shared_counters).
-export([main/0]).

-define(COUNTERS, 8).
-define(TURNS, 3000).

main() ->
    [t:p({Type, Options, turns([Type, public | Options])}) ||
        Type <- [set, ordered_set],
        Options <- [[], [{write_concurrency, true}, {read_concurrency, true}], [compressed]]],
    elements(), large().

turns(Options) ->
    T = ets:new(t, Options),
    ets:insert(T, [{I, 0, 0} || I <- lists:seq(1, ?COUNTERS)]),
    Main = self(),
    Start = fun(F) -> spawn_link(fun() -> Main ! {self(), F()} end) end,
    Counting = [Start(fun() -> count(T, N) end) || N <- [1, 2, 3]],
    Replacing = Start(fun() -> replace(T, ?TURNS div 20, 0) end),
    Deleting = Start(fun() -> delete(T, 500, 0) end),
    Watching = [Start(fun() -> watch(T, ?TURNS div 10, Look) end) || Look <- looks()],
    Counted = lists:sum([receive {P, N} -> N end || P <- Counting]),
    Replaced = receive {Replacing, R} -> R end,
    Deleted = receive {Deleting, D} -> D end,
    Watched = [receive {P, W} -> W end || P <- Watching],
    Sum = lists:sum([V || {_, V, _} <- ets:tab2list(T)]),
    {Sum =:= Counted + Replaced, Deleted =:= 500, Watched, ets:info(T, size)}.

count(T, N) ->
    [begin
         K = (I * N) rem ?COUNTERS + 1,
         New = ets:update_counter(T, K, 1),
         true = New > 0
     end || I <- lists:seq(1, ?TURNS)],
    ?TURNS.

replace(_, 0, Replaced) -> Replaced;
replace(T, N, Replaced) ->
    Spec = [{{'$1', '$2', '$3'}, [{'=<', '$1', ?COUNTERS}], [{{'$1', {'+', '$2', 1}, '$3'}}]}],
    replace(T, N - 1, Replaced + ets:select_replace(T, Spec)).

%% Counters that go away at once when they have got to two.
delete(_, 0, Deleted) -> Deleted;
delete(T, N, Deleted) ->
    1 = ets:update_counter(T, gone, {2, 1}, {gone, 0, 0}),
    0 = ets:select_delete(T, [{{gone, 2, '_'}, [], [true]}]),
    2 = ets:update_counter(T, gone, {2, 1}),
    delete(T, N - 1, Deleted + ets:select_delete(T, [{{gone, 2, '_'}, [], [true]}])).

%% Each gives the value of a counter; it never falls.
looks() ->
    [fun(T) -> [{3, V, 0}] = ets:lookup(T, 3), V end,
     fun(T) -> ets:lookup_element(T, 3, 2) end,
     fun(T) -> [V] = ets:select(T, [{{3, '$1', '_'}, [{'>=', '$1', 0}], ['$1']}]), V end,
     fun(T) -> [{V, V}] = ets:select(T, [{{'$1', '$2', '_'}, [{'=:=', '$1', 3}], [{{'$2', '$2'}}]}]), V end,
     fun(T) -> [[{3, V, 0}]] = [[O || {3, _, _} = O <- ets:tab2list(T)]], V end].

watch(T, N, Look) -> watch(T, N, Look, Look(T)).
watch(_, 0, _, _) -> ok;
watch(T, N, Look, Before) ->
    Now = Look(T),
    true = Now >= Before,
    watch(T, N - 1, Look, Now).

%% All kinds of elements, one after the other.
elements() ->
    T = ets:new(elements, [set, public, named_table]),
    ets:insert(T, {k, 1, a}),
    Values = [2, b, [], [x], 1 bsl 70, self(), 2.5, -3, {y}, c],
    [begin
         true = ets:update_element(T, k, {2, V}),
         true = ets:update_element(T, k, [{3, V}]),
         true = ets:lookup(T, k) =:= [{k, V, V}],
         true = ets:match_object(T, {'_', V, '_'}) =:= [{k, V, V}],
         true = ets:update_element(T, k, [{2, 0}, {3, I}]),
         true = ets:lookup(T, k) =:= [{k, 0, I}]
     end || {I, V} <- lists:zip(lists:seq(1, length(Values)), Values)],
    {'EXIT', {badarg, _}} = (catch ets:update_element(T, k, {1, l})),
    {'EXIT', {badarg, _}} = (catch ets:update_element(T, k, {4, l})),
    t:p({ets:take(T, k), ets:tab2list(T), ets:insert_new(T, {k, 7, z}), ets:update_counter(T, k, [{2, 1}, {2, 1}]),
         ets:lookup(T, k)}).

%% Small ones that grow beyond a word, and back.
large() ->
    T = ets:new(t, [ordered_set, public]),
    ets:insert(T, {k, (1 bsl 58) - 2}),
    t:p([ets:update_counter(T, k, I) || I <- [1, 1, 1, 1 bsl 60, -(1 bsl 60), -1, -1, -1]]),
    t:p([ets:update_counter(T, k, {2, 1, 5, 0}) || _ <- lists:seq(1, 3)]),
    t:p(ets:lookup(T, k)).
