-module(tuples).
-export([main/0]).
-record(point, {x = 0, y = 0, z}).
-record(wide, {a = 1, b, c, d = "d", e, f, g, h, i, j}).

main() ->
    T = t:id({a, b, c}),
    t:p([element(I, T) || I <- [1, 2, 3]]),
    t:p([setelement(I, T, x) || I <- [1, 2, 3]]),
    t:p([tuple_size(T), size(T), tuple_size({})]),
    t:p(list_to_tuple([1, 2, 3])), t:p(tuple_to_list({1, {2}})),
    t:p(erlang:append_element(T, d)), t:p(erlang:insert_element(2, T, x)), t:p(erlang:delete_element(2, T)),
    t:p(erlang:make_tuple(3, x)), t:p(erlang:make_tuple(4, 0, [{2, b}, {4, d}, {2, c}])),
    [t:e("element", fun() -> element(I, T) end) || I <- [0, 4, -1, a, 1.0, 1 bsl 70]],
    [t:e("setelement", fun() -> setelement(I, T, x) end) || I <- [0, 4, a]],
    t:e("element of list", fun() -> element(1, t:id([])) end),
    t:e("tuple_size", fun() -> tuple_size(t:id([])) end),
    t:e("list_to_tuple", fun() -> list_to_tuple(t:id([1 | 2])) end),
    t:e("make_tuple", fun() -> erlang:make_tuple(t:id(-1), x) end),
    t:e("delete_element", fun() -> erlang:delete_element(4, T) end),
    P = t:id(#point{x = 1}),
    t:p(P), t:p(P#point.x), t:p(P#point{y = 2, z = 3}), t:p(P#point{x = 9}),
    W = t:id(#wide{}),
    t:p(W#wide{b = 2, c = 3, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10}),
    t:p([kind(X) || X <- [P, W, {}, {point}, {point, 1, 2, 3, 4}, {a, b}, {1, 2, 3}, not_a_tuple]]),
    t:e("bad record", fun() -> (t:id({other, 1}))#point.x end),
    t:e("bad record update", fun() -> (t:id(x))#point{x = 1} end),
    t:p(swap({1, 2})), t:p(nested({{1, {2, 3}}, 4})),
    t:p(erlang:phash2({a, b})), t:p(tuple_size(erlang:make_tuple(100000, 0))),
    Big = list_to_tuple(lists:seq(1, 1000)),
    t:p(lists:sum([element(I, Big) || I <- lists:seq(1, 1000, 37)])),
    t:p([arity(X) || X <- [{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, a]]),
    t:p([tagged(X) || X <- [{ok, 1}, {error, x}, {ok, 1, 2}, {ok}, ok, [ok]]]).

kind(#point{x = 1}) -> point_1;
kind(#point{}) -> point;
kind(#wide{a = A, j = J}) -> {wide, A, J};
kind({_, _}) -> pair;
kind({A, B, C}) -> {triple, A + B + C};
kind(T) when is_tuple(T) -> {tuple, tuple_size(T)};
kind(_) -> other.

swap({A, B}) -> {B, A}.
nested({{A, {B, C}}, D}) -> [D, C, B, A].

arity({}) -> 0;
arity({_}) -> 1;
arity({_, _}) -> 2;
arity({_, _, _}) -> 3;
arity(T) when is_tuple(T) -> many;
arity(_) -> none.

tagged({ok, V}) -> V;
tagged({error, E}) -> {failed, E};
tagged({ok, A, B}) -> {A, B};
tagged(_) -> unknown.
