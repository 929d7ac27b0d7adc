-module(applies).
-export([main/0, f/0, f/1, f/2, f/3, no_tail/3]).

main() ->
    M = t:id(?MODULE), F = t:id(f),
    t:p([M:F(), M:F(1), M:F(1, 2), M:F(1, 2, 3)]),
    t:p([apply(M, F, A) || A <- [[], [1], [1, 2], [1, 2, 3]]]), t:p(tail(M, F, [1, 2])),
    t:p(no_tail(M, F, 5)), t:p(apply(fun f/2, [a, b])), t:p(apply(fun ?MODULE:f/1, [z])),
    t:p(apply(erlang, element, [2, {a, b}])), t:p(apply(erlang, '+', [1, 2])), t:p(apply(lists, map, [fun f/1, [1]])),
    t:p(M:module_info(module)), t:p(erlang:apply(M, F, [])), t:p((t:id(erlang)):length([1, 2])),
    t:e("undef", fun() -> M:nosuch() end), t:e("undef module", fun() -> (t:id(nosuch)):f(1) end),
    t:e("undef arity", fun() -> M:F(1, 2, 3, 4) end),
    t:e("badarg", fun() -> apply(M, F, t:id(a)) end), t:e("improper", fun() -> apply(M, F, t:id([1 | 2])) end),
    t:e("module not atom", fun() -> (t:id(1)):F() end), t:e("function not atom", fun() -> M:(t:id("f"))() end),
    t:e("tuple module", fun() -> (t:id({a, b})):F() end),
    t:e("apply non-fun", fun() -> apply(t:id(a), []) end), t:e("badarity", fun() -> apply(fun ?MODULE:f/1, [1, 2]) end),
    t:e("long list", fun() -> apply(M, F, lists:seq(1, 300)) end),
    t:p(erlang:function_exported(?MODULE, f, 2)), t:p(erlang:function_exported(?MODULE, tail, 3)),
    t:p(erlang:function_exported(erlang, self, 0)), t:p(erlang:is_builtin(erlang, length, 1)),
    t:p([{erlang:is_builtin(erlang, abs, A), erlang:function_exported(lists, last, A)} || A <- [1, 257, -1, 1 bsl 32 + 1, 1 - 1 bsl 32]]),
    t:p(lists:sort(?MODULE:module_info(exports))), t:p(loop(10000, M)).

f() -> zero.
f(X) -> {one, X}.
f(X, Y) -> {two, X, Y}.
f(X, Y, Z) -> {three, X, Y, Z}.

tail(M, F, A) -> apply(M, F, A).
no_tail(M, F, X) -> [M:F(X) | M:F(X, X)].

loop(0, _) -> done;
loop(N, M) ->
    {one, N} = M:f(N),
    loop(N - 1, M).
