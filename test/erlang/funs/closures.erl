-module(closures).
-export([main/0, ext/1, apply_it/2]).

main() ->
    A = t:id(10), B = t:id("b"),
    F0 = fun() -> A end, F1 = fun(X) -> X + A end, F2 = fun(X, Y) -> {X, Y, A, B} end,
    t:p([F0(), F1(5), F2(x, y)]),
    t:p([erlang:fun_info(F, arity) || F <- [F0, F1, F2, fun ext/1, fun lists:map/2]]),
    t:p([erlang:fun_info(F, type) || F <- [F0, fun ext/1, fun ?MODULE:ext/1]]),
    t:p([erlang:fun_info(F, module) || F <- [F0, fun ext/1, fun lists:map/2]]),
    t:p([erlang:fun_info(F, env) || F <- [F0, F1, F2, fun lists:map/2]]),
    t:p([erlang:fun_info(F, name) || F <- [fun ext/1, fun lists:map/2]]),
    t:p([element(1, erlang:fun_info(F0, I)) || I <- [pid, index, new_index, new_uniq, uniq]]),
    t:p(lists:sort([K || {K, _} <- erlang:fun_info(F1)])), t:p(lists:sort(erlang:fun_info(fun lists:map/2))),
    t:e("fun_info", fun() -> erlang:fun_info(a, arity) end), t:e("fun_info", fun() -> erlang:fun_info(F0, nope) end),
    t:p(erlang:fun_info_mfa(fun lists:map/2) =/= x),
    t:p([is_function(F2, N) || N <- [0, 1, 2, 3]]),
    t:p([F1 =:= F1, F1 == fun(X) -> X + A end, fun lists:map/2 =:= fun lists:map/2, make(1) =:= make(1), make(1) =:= make(2)]),
    t:p((fun ext/1)(1)), t:p((fun ?MODULE:ext/1)(2)), t:p(apply_it(fun lists:reverse/1, [1, 2])),
    M = t:id(lists), N = t:id(reverse), t:p((fun M:N/1)([1, 2, 3])), t:p(M:N([4, 5])),
    t:p((make_adder(3))(4)), t:p(compose([make_adder(1), fun(X) -> X * 2 end, make_adder(-3)], 10)),
    t:p((make_counter(2))()), Fact = fun Self(0) -> 1; Self(I) -> I * Self(I - 1) end, t:p(Fact(20)),
    t:p([G(3) || G <- [fun(X) when X > 2 -> big; (_) -> small end, fun(3) -> three; (_) -> other end]]),
    t:e("badarity", fun() -> drop_fun(F1, 0) end), t:e("badfun", fun() -> (t:id(notfun))(1) end),
    t:e("badfun tuple", fun() -> (t:id({a, b}))(1) end),
    t:e("undef", fun() -> (fun nosuch:thing/1)(x) end), t:e("function_clause", fun() -> ((fun(a) -> b end))(t:id(c)) end),
    t:p(ycomb(5)), t:p(lists:foldl(fun(F, Acc) -> F(Acc) end, 1, [fun(X) -> X + I end || I <- [1, 2, 3]])),
    t:p(length([F || F <- [fun() -> I end || I <- lists:seq(1, 100)], F() rem 2 =:= 0])),
    t:p(fun_with_big_env(1, 2, 3, 4, 5, 6, 7, 8)).

make(X) -> fun() -> X end.
make_adder(N) -> fun(X) -> X + N end.
make_counter(N) -> fun() -> fun() -> N end() + 1 end.
compose(Fs, X) -> lists:foldl(fun(F, Acc) -> F(Acc) end, X, Fs).
ext(X) -> {ext, X}.
apply_it(F, X) -> F(X).
drop_fun(F, _) -> try F() catch error:{badarity, {G, Args}} -> {badarity, G =:= F, Args} end.

ycomb(N) -> (fun(F) -> F(F, N) end)(fun(_, 0) -> 1; (F, I) -> I * F(F, I - 1) end).

fun_with_big_env(A, B, C, D, E, F, G, H) ->
    Fun = fun(X) -> [X, A, B, C, D, E, F, G, H] end,
    lists:sum(Fun(100)).
