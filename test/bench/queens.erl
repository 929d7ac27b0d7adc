%% Backtracking: eight queens and more, lists of small integers.
-module(queens).
-export([run/0]).

run() -> [length(queens(N, N)) || N <- [8, 9, 10, 11]].

queens(_, 0) -> [[]];
queens(N, K) -> [[Q | B] || B <- queens(N, K - 1), Q <- lists:seq(1, N) -- B, safe(Q, 1, B)].

safe(_, _, []) -> true;
safe(Q, D, [H | T]) when abs(Q - H) =/= D -> safe(Q, D + 1, T);
safe(_, _, _) -> false.
