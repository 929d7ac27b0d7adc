%% mixture.hrl -- a little of everything, for modules that are compiled in different ways.
-record(state, {count = 0, items = [], tag = none, map = #{}}).

work(N) ->
    S0 = #state{tag = {tag, N}},
    S1 = lists:foldl(fun step/2, S0, lists:seq(1, N)),
    Ref = make_ref(), self() ! {Ref, S1#state.count}, receive {Ref, C} -> C after 100 -> C = timeout end,
    Text = text(S1, <<>>), Float = floats(N, 1.5), Fun = adder(N, Float),
    {C, S1#state{items = length(S1#state.items), map = lists:sort(maps:to_list(S1#state.map))}, Text, parse(Text, []), Float, Fun(2), safe(N), pairs(N)}.

step(I, S = #state{count = C, items = L, map = M}) when I rem 3 =:= 0 -> S#state{count = C + I, items = [I | L], map = M#{I => C}};
step(I, S = #state{count = C, items = L, tag = {tag, T}}) when I rem 3 =:= 1, is_integer(T) -> S#state{count = C - I, items = [{I, T} | L]};
step(I, S) -> case S of #state{count = C} when C > 0; C < -100 -> S#state{count = C * 2}; #state{items = []} -> S; _ -> S#state{map = maps:put(k, I, S#state.map)} end.

text(#state{items = L}, Acc) -> lists:foldl(fun({I, T}, A) -> <<A/binary, 1, I:16, T:8/signed>>; (I, A) -> <<A/binary, 2, (integer_to_binary(I))/binary, 0>> end, Acc, L).

parse(<<1, I:16, T:8/signed, R/binary>>, Acc) -> parse(R, [{I, T} | Acc]);
parse(<<2, R/binary>>, Acc) -> parse_number(R, 0, Acc);
parse(<<>>, Acc) -> Acc.

parse_number(<<0, R/binary>>, N, Acc) -> parse(R, [N | Acc]);
parse_number(<<D, R/binary>>, N, Acc) when D >= $0, D =< $9 -> parse_number(R, N * 10 + D - $0, Acc).

floats(0, X) -> X;
floats(N, X) when is_float(X) -> floats(N - 1, (X * X + N / 2) / (X + 1.0) - X / 3).

adder(N, F) -> fun(X) when X > 1 -> {N + X, F}; (_) -> none end.

safe(N) -> [try thing(X, N) of V when is_integer(V) -> V; V -> {other, V} catch throw:T -> {thrown, T}; error:badarith -> arith; C:R -> {C, R} after put(last, X) end || X <- [1, a, zero, throw, exit, list]].

thing(zero, _) -> 1 div t:id(0);
thing(throw, N) -> throw({n, N});
thing(exit, _) -> exit(normal);
thing(list, N) -> [N];
thing(X, N) -> X + N.

pairs(N) -> [{X, Y} || X <- lists:seq(1, N), Y <- [a, b], X rem 4 =:= 0, {X, Y} =/= {4, b}].
