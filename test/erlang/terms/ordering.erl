%% number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring, and within each.
-module(ordering).
-export([main/0]).

main() ->
    R = make_ref(), P = self(), [Port | _] = erlang:ports() ++ [none],
    Kinds = [{number, 1}, {atom, a}, {reference, R}, {'fun', fun main/0}, {pid, P}, {tuple, {}}, {map, #{}}, {nil, []},
             {list, [a]}, {bits, <<>>}],
    _ = Port,
    [io:format("~w ~w: ~w~n", [N1, N2, relation(A, B)]) || {N1, A} <- Kinds, {N2, B} <- Kinds],
    Numbers = [t:id(N) || N <- [0, 1, 1.0, -1, -1.0, 0.5, 1 bsl 60, 1 bsl 64, -(1 bsl 64), 1.0e20, 1 bsl 70, 1.0e300,
                                9007199254740992, 9007199254740993, 9007199254740992.0, 18446744073709551616.0]],
    [io:format("~w ~w: ~w~n", [A, B, relation(A, B)]) || A <- Numbers, B <- Numbers],
    Tuples = [t:id(T) || T <- [{}, {1}, {1.0}, {2}, {1, 2}, {1, 1}, {a, b, c}, {{1}, 0}, {{1.0}, 0}]],
    [io:format("~w ~w: ~w~n", [A, B, relation(A, B)]) || A <- Tuples, B <- Tuples],
    Lists = [t:id(L) || L <- [[], [1], [1.0], [1 | 2], [1, 2], [1 | a], [2], [[1]], [[1.0]], "abc", "abd", "ab"]],
    [io:format("~w ~w: ~w~n", [A, B, relation(A, B)]) || A <- Lists, B <- Lists],
    Bits = [t:id(B) || B <- [<<>>, <<0>>, <<1>>, <<1, 0>>, <<0:1>>, <<1:1>>, <<1:7>>, <<255:7>>, <<"abc">>, <<"abd">>,
                             <<"abc", 1:1>>]],
    [io:format("~w ~w: ~w~n", [A, B, relation(A, B)]) || A <- Bits, B <- Bits],
    Maps = [t:id(M) || M <- [#{}, #{a => 1}, #{a => 2}, #{b => 1}, #{a => 1, b => 1}, #{1 => a}, #{1.0 => a}, #{z => 0},
                             #{a => 1.0}]],
    [io:format("~w ~w: ~w~n", [A, B, relation(A, B)]) || A <- Maps, B <- Maps],
    t:p(lists:sort([b, 1, "s", {1}, <<"x">>, 2.0, a, [], #{}, 1.0, {}, 'A', -5])),
    t:p(relation(sub(<<"xabc">>), <<"abc">>)),
    t:p(lists:usort([1, 1.0, 2, 2.0, a, a])),
    t:p([max(1, 1.0), max(1.0, 1), min(1, 1.0), min(1.0, 1), max(a, 1), min("a", <<>>)]).

sub(<<_, R/binary>>) -> R.

relation(A, B) ->
    [if A < B -> '<'; true -> '-' end, if A > B -> '>'; true -> '-' end, if A =< B -> '=<'; true -> '-' end,
     if A >= B -> '>='; true -> '-' end, if A == B -> '=='; true -> '-' end, if A /= B -> '/='; true -> '-' end,
     if A =:= B -> '=:='; true -> '-' end, if A =/= B -> '=/='; true -> '-' end,
     A < B, A =< B, A == B, A =:= B].
