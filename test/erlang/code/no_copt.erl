%% options: +no_copt +no_postopt +no_ssa_opt +no_type_opt +no_bool_opt +no_share_opt +no_recv_opt
%% Code as the compiler writes it with its optimisations off.
-module(no_copt).
-export([main/0]).

main() ->
    t:p(fac(20)), t:p(bools(t:id(true), t:id(false))), t:p([kind(X) || X <- [1, a, "s", {t, 1}, {t, 1, 2}, 1.0, <<1>>, #{a => 1}, fun main/0, []]]),
    t:p(records()), t:p(bin(<<1, 2:16, "rest">>)), t:p(call(echo(), 5)), t:p(floats(1.5, 2)), t:p(lists:map(fun(X) -> X + t:id(1) end, [1, 2, 3])), t:p(nested(3)),
    t:p(try_it(fun() -> throw(x) end)), t:p([X * Y || X <- [1, 2], Y <- [3, 4], X < Y]), t:p(unused(1, 2)), t:p(maps(#{a => 1, b => 2})), t:p(strings("GET", 1)).

fac(0) -> 1;
fac(N) -> N * fac(N - 1).

bools(A, B) -> [A and B, A or B, not A, A andalso B, A orelse B, A xor B, (A =:= B) =/= A].

kind(X) when is_integer(X); is_float(X) -> number;
kind(X) when is_atom(X) andalso X =/= [] -> atom;
kind({t, X}) -> {t1, X};
kind({t, X, Y}) -> {t2, X, Y};
kind([_ | _]) -> list;
kind([]) -> nil;
kind(<<X>>) -> X;
kind(#{a := A}) -> A;
kind(F) when is_function(F, 0) -> 'fun'.

-record(r, {a, b = 2, c = 3, d, e}).
records() -> R = t:id(#r{a = 1}), R2 = R#r{b = x, c = y, d = z, e = R#r.b}, {R, R2, R2#r.d}.

bin(<<A, B:16, R/binary>>) -> <<B:16/little, A, R/binary, (byte_size(R)):7, 1:1>>.

echo() -> spawn(fun() -> receive {P, R, X} -> P ! {R, X} end end).
call(P, X) -> R = make_ref(), P ! {self(), R, X}, receive {R, Y} -> Y after 1000 -> timeout end.

floats(A, B) -> (A + B) * 2.0 / (A - B * 3.0) - -A.

nested(N) -> F = fun(X) -> G = fun(Y) -> X + Y + N end, G(X) end, F(10).

try_it(F) -> try F() of ok -> ok catch throw:x -> caught; error:_ -> error after put(done, true) end.

unused(A, B) -> _ = A + B, _ = {A, B}, C = A, D = C, D.

maps(M) -> #{a := A} = M, M2 = M#{a := A + 1, c => A}, lists:sort(maps:to_list(M2)).

strings("GET", X) -> {get, X};
strings("PUT", X) -> {put, X};
strings(_, _) -> none.
