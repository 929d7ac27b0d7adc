%% The order in which tables are listed is OTP's: keys that are atoms, numbers, binaries, or built from all but atoms.
-module(hash_order).
-export([main/0]).

walk(_, '$end_of_table') -> [];
walk(T, Key) -> [Key | walk(T, ets:next(T, Key))].

chunks('$end_of_table') -> [];
chunks({L, C}) -> [L | chunks(ets:select(C))].

main() ->
    Keys = [[a, b, c, foo, bar, git_repo, deps_repo], lists:seq(1, 20), [<<"a">>, "x", 1.5, {1, [2]}, -1, 1 bsl 70, {}, []],
            lists:seq(1, 300), [list_to_atom("atom" ++ integer_to_list(N)) || N <- lists:seq(1, 100)],
            [integer_to_binary(N) || N <- lists:seq(1, 1000)]],
    [begin
         T = ets:new(t, [set]),
         ets:insert(T, [{K} || K <- L]),
         Walk = walk(T, ets:first(T)),
         io:format("~w~n", [lists:sublist(Walk, 30)]),
         io:format("~w ~w~n", [erlang:phash2(Walk), erlang:phash2(ets:tab2list(T))]),
         io:format("~w~n", [erlang:phash2(chunks(ets:select(T, [{{'$1'}, [], ['$1']}], 7)))]),
         [ets:delete(T, K) || K <- lists:sublist(L, 5)],
         io:format("~w~n", [erlang:phash2(ets:foldl(fun(X, A) -> [X | A] end, [], T))]),
         ets:delete(T)
     end || L <- Keys],
    [begin
         T = ets:new(t, [Type]),
         ets:insert(T, [{K rem 5, K} || K <- lists:seq(1, 20)]),
         [ets:insert(T, {K rem 5, K}) || K <- lists:seq(21, 30)],
         io:format("~w~n~w~n~w~n", [ets:tab2list(T), ets:lookup(T, 1), ets:match_object(T, {2, '_'})]),
         io:format("~w~n", [chunks(ets:select(T, [{{'_', '$1'}, [], ['$1']}], 4))]),
         io:format("~w~n", [chunks(ets:select(T, [{{1, '$1'}, [], ['$1']}], 2))])
     end || Type <- [bag, duplicate_bag]].
