%% List instructions and the BIFs of module lists and erlang that are not Erlang code.
-module(lists_core).
-export([main/0]).

main() ->
    L = t:id([3, 1, 2]),
    t:p([hd(L), tl(L), length(L)]),
    t:p(L ++ [4]), t:p([] ++ L), t:p(L ++ tail), t:p([] ++ x), t:p([1, 2, 3, 2, 1] -- [2, 1]), t:p(L -- []),
    t:p(lists:reverse(L)), t:p(lists:reverse(L, [x])), t:p(lists:reverse([1, 2], tail)),
    t:p([lists:member(X, L) || X <- [1, 1.0, 9]]),
    t:p(lists:keyfind(b, 1, [{a, 1}, {b, 2}])), t:p(lists:keyfind(2, 2, [{a, 1}, x, {b, 2}])),
    t:p(lists:keyfind(2.0, 2, [{a, 1}, {b, 2}])), t:p(lists:keymember(c, 1, [{a, 1}])),
    t:p(lists:keysearch(a, 1, [{a, 1}])), t:p(lists:keyfind(a, 3, [{a, 1}])),
    t:e("hd", fun() -> hd(t:id([])) end), t:e("tl", fun() -> tl(t:id([])) end),
    t:e("hd", fun() -> hd(t:id({})) end),
    t:e("length", fun() -> length(t:id([1 | 2])) end), t:e("length", fun() -> length(t:id(a)) end),
    t:e("++", fun() -> t:id([1 | 2]) ++ [3] end), t:e("++", fun() -> t:id(a) ++ [3] end),
    t:e("--", fun() -> t:id([1]) -- t:id([1 | 2]) end), t:e("--", fun() -> t:id(a) -- [] end),
    t:e("reverse", fun() -> lists:reverse(t:id([1 | 2])) end),
    t:e("member", fun() -> lists:member(a, t:id([b | c])) end),
    t:e("keyfind", fun() -> lists:keyfind(a, 0, []) end),
    t:e("keyfind", fun() -> lists:keyfind(a, 1, [{b} | c]) end),
    t:p([match(X) || X <- [[], [1], [1, 2], [1 | 2], [[1]], "ab", {}]]),
    t:p([X * Y || X <- [1, 2, 3], Y <- [10, 20], X + Y =/= 21]),
    t:p([{X, Y} || {X, Y} <- [{1, 2}, a, {3, 4, 5}, {6, 7}]]),
    t:p([X || [X | _] <- [[1], [], [2, 3], x]]),
    t:e("bad generator", fun() -> [X || X <- t:id(a)] end),
    t:e("bad generator tail", fun() -> [X || X <- t:id([1 | b])] end),
    t:e("bad filter", fun() -> [X || X <- [1], t:id(x)] end),
    t:p(length(lists:seq(1, 10000))),
    t:p(lists:sum(lists:seq(1, 5000) -- lists:seq(1, 5000, 2))),
    t:p(lists:nth(5000, lists:reverse(lists:seq(1, 10000)))),
    t:p(sum_body(lists:seq(1, 5000))),
    t:p(length([1, 2, 3 | t:id([4, 5])])),
    t:p(lists:flatten([1, [2, [3, []], 4], [[[5]]]])),
    t:p(apply(lists, append, [[[1], [2, 3]]])).

sum_body([]) -> 0;
sum_body([H | T]) -> H + sum_body(T).

match([]) -> nil;
match([X]) when is_list(X) -> {nested, X};
match([X]) -> {one, X};
match([X, Y]) -> {two, X, Y};
match([X | Y]) when not is_list(Y) -> {improper, X, Y};
match(_) -> other.
