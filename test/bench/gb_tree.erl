%% gb_trees and gb_sets.
-module(gb_tree).
-export([run/0]).

run() ->
    T = lists:foldl(fun(I, A) -> gb_trees:enter(I * 7919 rem 100003, I, A) end, gb_trees:empty(), lists:seq(1, 60000)),
    S = lists:foldl(fun(I, A) -> case gb_trees:lookup(I, T) of {value, V} -> A + V; none -> A end end, 0, lists:seq(1, 100000)),
    D = lists:foldl(fun(I, A) -> gb_trees:delete_any(I, A) end, T, lists:seq(1, 60000)),
    G = gb_sets:from_list(lists:seq(1, 60000, 3)),
    H = gb_sets:union(G, gb_sets:from_list(lists:seq(1, 60000, 5))),
    {S, gb_trees:size(D), gb_sets:size(H), erlang:phash2(gb_trees:to_list(D))}.
