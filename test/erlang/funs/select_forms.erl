%% select_val, select_tuple_arity and friends: few and many values, dense, sparse, atoms, big integers.
-module(select_forms).
-export([main/0]).

main() ->
    t:p([dense(t:id(X)) || X <- lists:seq(-1, 12) ++ [a, 1.0, 1 bsl 64]]),
    t:p([sparse(t:id(X)) || X <- [0, 1, 100, 1000, 10000, 99999, 100000, -5, -1000, 1 bsl 50, 1 bsl 59, 1 bsl 64, 7, b]]),
    t:p([two(t:id(X)) || X <- [1, 2, 3, a]]),
    t:p([atoms(t:id(X)) || X <- [monday, tuesday, wednesday, thursday, friday, saturday, sunday, nil, 1]]),
    t:p([mixed(t:id(X)) || X <- [1, a, 1.0, "s", {}, [], <<>>, <<"b">>, 2, {1}, #{}]]),
    t:p([arity(t:id(X)) || X <- [{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, x]]),
    t:p([tag(t:id(X)) || X <- [{a, 1}, {b, 1, 2}, {c, 1, 2, 3}, {a, 1, 2}, {d}, {1, 2}, {b, 1}, z]]),
    t:p([floats(t:id(X)) || X <- [1.0, 2.0, 1, 2.5]]),
    t:p([bools(A, B) || A <- [true, false, x], B <- [true, false]]),
    t:p([char(C) || C <- "aZ5_ -" ++ [200]]),
    t:p([nested(A, B) || A <- [1, 2, 3], B <- [x, y, z]]).

dense(0) -> zero; dense(1) -> one; dense(2) -> two; dense(3) -> three; dense(4) -> four; dense(5) -> five;
dense(6) -> six; dense(7) -> seven; dense(8) -> eight; dense(9) -> nine; dense(_) -> many.

sparse(1) -> a; sparse(100) -> b; sparse(10000) -> c; sparse(100000) -> d; sparse(-5) -> e; sparse(-1000) -> f;
sparse(1125899906842624) -> g; sparse(18446744073709551616) -> h; sparse(576460752303423488) -> i; sparse(_) -> other.

two(1) -> one; two(2) -> two; two(_) -> other.

atoms(X) ->
    case X of
        monday -> 1; tuesday -> 2; wednesday -> 3; thursday -> 4; friday -> 5; saturday -> 6; sunday -> 7; _ -> none
    end.

mixed(1) -> int; mixed(a) -> atom; mixed(1.0) -> float; mixed("s") -> string; mixed({}) -> unit; mixed([]) -> nil;
mixed(<<>>) -> empty; mixed(<<"b">>) -> bin; mixed({1}) -> one; mixed(2) -> two; mixed(#{}) -> map.

arity({}) -> 0; arity({_}) -> 1; arity({_, _}) -> 2; arity({_, _, _}) -> 3; arity({_, _, _, _}) -> 4; arity(_) -> many.

tag({a, X}) -> {a, X}; tag({b, X, Y}) -> {b, X, Y}; tag({c, _, _, Z}) -> {c, Z}; tag({a, _, Y}) -> {aa, Y};
tag({d}) -> d; tag({X, Y}) -> {other, X, Y}; tag(_) -> none.

floats(1.0) -> one; floats(2.0) -> two; floats(_) -> other.

bools(true, true) -> both; bools(true, false) -> first; bools(false, true) -> second; bools(false, false) -> none;
bools(_, _) -> bad.

char(C) when C >= $a, C =< $z -> lower;
char(C) when C >= $A, C =< $Z -> upper;
char(C) when C >= $0, C =< $9 -> digit;
char($_) -> underscore; char($\s) -> space; char($-) -> dash; char(_) -> other.

nested(1, x) -> a; nested(1, y) -> b; nested(2, x) -> c; nested(2, _) -> d; nested(_, z) -> e; nested(_, _) -> f.
