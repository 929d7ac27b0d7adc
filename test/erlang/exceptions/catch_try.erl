-module(catch_try).
-export([main/0]).

main() ->
    t:p(catch throw(t:id(ball))), t:p(catch exit(t:id(gone))), t:p(catch t:id(value)),
    {'EXIT', {oops, Stack}} = (catch error(t:id(oops))), t:p(is_list(Stack)),
    {'EXIT', {badarith, _}} = (catch 1 + t:id(a)),
    t:p([try_of(F) || F <- [fun() -> 1 end, fun() -> 2 end, fun() -> throw(a) end, fun() -> exit(b) end,
                            fun() -> error(c) end, fun() -> 1 / t:id(0) end]]),
    t:p(after_order()), t:p(get(order)), t:p(nested()), t:p(rethrow()), t:p(value_of_after()),
    t:e("try_clause", fun() -> try t:id(3) of 1 -> a; 2 -> b catch _ -> c end end),
    t:e("through after", fun() -> try throw(x) after put(after_ran, yes) end end), t:p(get(after_ran)),
    t:e("after replaces", fun() -> try throw(x) after throw(y) end end),
    t:e("handler throws", fun() -> try throw(x) catch x -> throw(z) end end),
    t:e("unmatched", fun() -> try throw(x) catch y -> no end end),
    t:e("guard in catch", fun() -> try throw({n, t:id(5)}) catch {n, N} when N > 4 -> {big, N}; {n, _} -> small end end),
    t:p(deep(10000)), t:p(catch lists:map(fun(X) -> throw({found, X}) end, [1, 2])),
    t:p([catch X || X <- [1, 2]]), t:p((catch throw(a)) =:= a), t:p({catch throw(1), catch throw(2)}),
    t:p(y_registers(1, 2, 3)), t:p(loop(1000, 0)),
    t:p(try list_to_atom(t:id(1)) catch error:badarg -> caught end),
    t:p(try (try exit(inner) after ok end) catch exit:R -> {outer, R} end),
    t:p(catch_in_catch(catch (catch throw(one)))),
    t:p(try erlang:raise(throw, raised, []) catch throw:X2 -> X2 end),
    t:p(catch erlang:raise(bad_class, raised, [])),
    t:p(try erlang:raise(exit, raised, [{m, f, 1, []}]) catch C3:R3:S3 -> {C3, R3, S3} end).

try_of(F) ->
    try F() of
        1 -> one;
        N -> {number, N}
    catch
        throw:T -> {thrown, T};
        exit:E -> {exited, E};
        error:badarith -> arith;
        error:E -> {failed, E}
    end.

after_order() ->
    put(order, []),
    try
        note(body),
        throw(x)
    catch
        x -> note(handler)
    after
        note(cleanup)
    end.

note(X) -> put(order, [X | get(order)]), X.

nested() ->
    try
        try throw(inner) catch inner -> throw(outer) after put(n1, done) end
    catch outer -> {outer, get(n1)} end.

rethrow() ->
    try
        try error(again) catch C:R:S -> erlang:raise(C, R, S) end
    catch error:again:S2 -> {again, [element(2, F) || F <- S2, element(1, F) =:= ?MODULE]} end.

value_of_after() -> try t:id(kept) after t:id(dropped) end.

deep(0) -> throw_and_catch();
deep(N) -> try deep(N - 1) catch nothing -> never end.
throw_and_catch() -> catch throw(bottom).

y_registers(A, B, C) ->
    X = t:id(A),
    R = (catch t:id(B) + t:id(a)),
    {'EXIT', {Reason, _}} = R,
    {X, Reason, A, B, C}.

loop(0, Acc) -> Acc;
loop(N, Acc) ->
    V = try case N rem 3 of 0 -> throw(3); 1 -> error(1); 2 -> N end catch throw:X -> X; error:Y -> Y end,
    loop(N - 1, Acc + V).

catch_in_catch(X) -> {caught, X}.
