%% Garbage: short-lived terms beside a large live heap.
-module(gc_churn).
-export([run/0]).

run() ->
    Live = tree(17),
    {churn(5000000, []), sum(Live)}.

tree(0) -> leaf;
tree(N) -> {tree(N - 1), N, tree(N - 1)}.

sum(leaf) -> 0;
sum({L, N, R}) -> sum(L) + N + sum(R).

churn(0, A) -> length(A);
churn(N, _) when N rem 5000 =:= 0 -> churn(N - 1, []);
churn(N, A) -> churn(N - 1, [{N, [N, N]} | A]).
