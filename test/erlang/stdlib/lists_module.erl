-module(lists_module).
-export([main/0]).

main() ->
    L = [5, 3, 8, 1, 9, 2, 7], P = [{b, 2}, {a, 1}, {c, 3}, {a, 0}],
    t:p([lists:sort(L), lists:reverse(lists:sort(L)), lists:usort(L ++ L), lists:max(L), lists:min(L), lists:sum(L), lists:last(L), lists:nth(3, L), lists:nthtail(4, L)]),
    t:p([lists:keysort(1, P), lists:ukeysort(1, P), lists:keydelete(a, 1, P), lists:keyreplace(b, 1, P, {z, 0}), lists:keystore(q, 1, P, {q, 9}), lists:keytake(c, 1, P), lists:keymap(fun(X) -> X * 2 end, 2, P)]),
    t:p([lists:map(fun(X) -> X * X end, L), lists:filter(fun(X) -> X > 4 end, L), lists:foldl(fun(X, A) -> [X | A] end, [], L), lists:foldr(fun(X, A) -> [X | A] end, [], L)]),
    t:p([lists:mapfoldl(fun(X, A) -> {X + A, A + 1} end, 0, L), lists:mapfoldr(fun(X, A) -> {X + A, A + 1} end, 0, L), lists:flatmap(fun(X) -> [X, X] end, [1, 2]), lists:filtermap(fun(X) -> X > 4 andalso {true, X * 10} end, L)]),
    t:p([lists:partition(fun(X) -> X rem 2 =:= 0 end, L), lists:splitwith(fun(X) -> X > 2 end, L), lists:split(3, L), lists:takewhile(fun(X) -> X =/= 1 end, L), lists:dropwhile(fun(X) -> X =/= 1 end, L), lists:droplast(L)]),
    t:p([lists:zip([1, 2], [a, b]), lists:unzip([{1, a}, {2, b}]), lists:zip3([1], [2], [3]), lists:unzip3([{1, 2, 3}]), lists:zipwith(fun(A, B) -> A + B end, [1, 2], [3, 4]), lists:zipwith3(fun(A, B, C) -> A + B + C end, [1], [2], [3])]),
    t:p([lists:append([[1], [2, 3], []]), lists:concat([a, 1, "b", 2.5]), lists:flatten([1, [2, [3]], []]), lists:flatten([1, [2]], [x]), lists:flatlength([1, [2, [3]]]), lists:duplicate(3, x), lists:seq(1, 10, 3), lists:seq(5, 1, -2), lists:seq(1, 0)]),
    t:p([lists:delete(3, L), lists:subtract(L, [3, 9]), lists:sublist(L, 3), lists:sublist(L, 2, 3), lists:prefix([5, 3], L), lists:suffix([2, 7], L), lists:member(8, L), lists:any(fun(X) -> X > 8 end, L), lists:all(fun(X) -> X > 0 end, L), lists:search(fun(X) -> X > 5 end, L), lists:join(0, [1, 2, 3]), lists:enumerate([a, b])]),
    t:p([lists:merge([1, 3], [2, 4]), lists:umerge([1, 2], [2, 3]), lists:merge([[1, 4], [2, 5], [3, 6]]), lists:merge3([1], [2], [3]), lists:merge(fun(A, B) -> A >= B end, [3, 1], [4, 2]), lists:keymerge(1, [{1, a}], [{1, b}, {2, c}]), lists:sort(fun(A, B) -> A > B end, L)]),
    t:e("nth", fun() -> lists:nth(10, L) end), t:e("last", fun() -> lists:last([]) end), t:e("zip", fun() -> lists:zip([1], [1, 2]) end), t:e("seq", fun() -> lists:seq(5, 1) end), t:e("max", fun() -> lists:max([]) end), t:e("split", fun() -> lists:split(20, L) end),
    R = random(1000, 17, []), S = lists:sort(R), t:p(erlang:phash2(S)), t:p(S =:= lists:sort(lists:reverse(R))), t:p(S =:= lists:merge(lists:sort(lists:sublist(R, 500)), lists:sort(lists:nthtail(500, R)))),
    t:p(erlang:phash2(lists:keysort(2, [{I, X rem 10} || {I, X} <- lists:zip(lists:seq(1, 1000), R)]))), t:p(length(lists:usort([X rem 100 || X <- R]))),
    t:p(lists:sort([c, "b", 1, {a}, 2.0, <<"x">>, [], #{}, a])), t:p(lists:foreach(fun(X) -> put(x, X) end, L)), t:p(get(x)), t:p(lists:uniq([1, 2, 1, 3, 2])).

random(0, _, Acc) -> Acc;
random(N, X, Acc) -> Y = (X * 1103515245 + 12345) band 16#7FFFFFFF, random(N - 1, Y, [Y | Acc]).
