-module(ets_basics).
-export([main/0]).

main() ->
    [types(T) || T <- [set, ordered_set, bag, duplicate_bag]],
    T = ets:new(named, [named_table, public]), t:p([T, ets:whereis(named) =/= undefined, ets:info(named, size), ets:info(named, type), ets:info(named, protection), ets:info(named, keypos), ets:info(named, owner) =:= self(), ets:info(nosuch), ets:info(nosuch, size)]),
    t:p([ets:insert_new(T, {a, 1}), ets:insert_new(T, {a, 2}), ets:lookup(T, a), ets:update_counter(T, a, 5), ets:update_counter(T, b, 3, {b, 10}), ets:update_counter(T, a, {2, -2, 0, 100}), ets:update_counter(T, a, [{2, 1}, {2, 1}]), ets:update_element(T, a, {2, x}), ets:update_element(T, zz, {2, x}), ets:lookup_element(T, a, 2), ets:take(T, a), ets:lookup(T, a), ets:member(T, b)]),
    t:e("badarg", fun() -> ets:lookup_element(T, none, 2) end), t:e("badarg", fun() -> ets:lookup_element(T, b, 5) end), t:e("badarg", fun() -> ets:insert(T, x) end), t:e("badarg", fun() -> ets:insert(T, {}) end), t:e("badarg", fun() -> ets:lookup(no_table, a) end), t:e("badarg", fun() -> ets:update_counter(T, none, 1) end), t:e("badarg", fun() -> ets:new(x, [bogus]) end), t:e("badarg", fun() -> ets:new(named, [named_table]) end),
    ets:insert(T, [{I, I * I, I rem 3} || I <- lists:seq(1, 100)]), t:p(ets:info(T, size)), t:p(lists:sort(ets:match(T, {'$1', '_', 0}))), t:p(lists:sort(ets:match_object(T, {'_', '_', 1})) =:= [{I, I * I, 1} || I <- lists:seq(1, 100), I rem 3 =:= 1]), t:p(lists:sort(ets:select(T, [{{'$1', '$2', '_'}, [{'>', '$2', 9000}], [{{'$1', '$2'}}]}]))), t:p(lists:sort(ets:select(T, [{{'$1', '_', 2}, [{'<', '$1', 10}], ['$_']}]))), t:p(ets:select_count(T, [{{'_', '_', 0}, [], [true]}])), t:p(ets:select_delete(T, [{{'_', '_', 0}, [], [true]}])), t:p(ets:info(T, size)),
    {Part, Cont} = ets:select(T, [{{'$1', '_', '_'}, [], ['$1']}], 20), t:p(length(Part) =< 20), t:p(length(Part) + count(ets:select(Cont))), t:p(lists:sum([K || {K, _, _} <- ets:tab2list(T)])), t:p(ets:foldl(fun({_, V, _}, A) -> V + A; (_, A) -> A end, 0, T)), t:p(length(walk(ets:first(T), T))), t:p(ets:match_delete(T, {'_', '_', 1})), t:p(ets:info(T, size)), t:p(ets:delete(T, b)), t:p(ets:delete_all_objects(T)), t:p(ets:tab2list(T)), t:p(ets:rename(T, renamed)), t:p(ets:delete(renamed)), t:e("gone", fun() -> ets:lookup(renamed, a) end),
    O = ets:new(o, [ordered_set, {keypos, 2}]), ets:insert(O, [{x, K} || K <- [5, 1, 3, 2.0, a, "s", {t}, 4]]), t:p(ets:tab2list(O)), t:p([ets:first(O), ets:last(O), ets:next(O, 3), ets:prev(O, 3), ets:next(O, 2.5), ets:lookup(O, 2), ets:next(O, "s"), ets:slot(O, 0)]), t:p(ets:select_reverse(O, [{{'_', '$1'}, [{is_integer, '$1'}], ['$1']}])), t:p(element(1, ets:select(O, [{{'_', '$1'}, [], ['$1']}], 3))),
    S = self(), P = spawn(fun() -> receive {'ETS-TRANSFER', G, S, data} -> S ! {got, ets:lookup(G, k)} end end), G = ets:new(g, [{heir, none}]), ets:insert(G, {k, v}), t:p(ets:give_away(G, P, data)), t:p(receive {got, X} -> X end), t:p(t:wait_until(fun() -> ets:info(G) =:= undefined end)),
    Pr = ets:new(priv, [private]), spawn(fun() -> S ! (catch ets:lookup(Pr, a)) end), t:p(receive {'EXIT', {badarg, _}} -> denied end), spawn(fun() -> H = ets:new(h, [{heir, S, inherited}]), ets:insert(H, {1, 2}) end), t:p(receive {'ETS-TRANSFER', H, _, inherited} -> ets:tab2list(H) end), Pub = ets:new(pub, [public, {write_concurrency, true}, {read_concurrency, true}]), ets:insert(Pub, {n, 0}), Ws = [spawn_monitor(fun() -> [ets:update_counter(Pub, n, 1) || _ <- lists:seq(1, 1000)] end) || _ <- lists:seq(1, 8)], [receive {'DOWN', R, _, _, _} -> ok end || {_, R} <- Ws], t:p(ets:lookup(Pub, n)), t:p(ets:safe_fixtable(Pub, true)), t:p(ets:safe_fixtable(Pub, false)).

types(Type) ->
    T = ets:new(t, [Type]), ets:insert(T, [{1, a}, {2, b}, {1, c}, {1, a}, {1.0, f}]), t:p({Type, ets:info(T, size), lists:sort(ets:lookup(T, 1)), lists:sort(ets:lookup(T, 1.0))}), ets:delete_object(T, {1, a}), t:p(lists:sort(ets:tab2list(T))), [ets:insert(T, {{k, I}, I}) || I <- lists:seq(1, 2000)], t:p(lists:sum([V || I <- lists:seq(1, 2000), {_, V} <- ets:lookup(T, {k, I})])), [ets:delete(T, {k, I}) || I <- lists:seq(1, 1990)], t:p(ets:info(T, size)), ets:delete(T).

count('$end_of_table') -> 0;
count({L, C}) -> length(L) + count(ets:select(C)).

walk('$end_of_table', _) -> [];
walk(K, T) -> [K | walk(ets:next(T, K), T)].
