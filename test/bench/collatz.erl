%% Arithmetic: parity, division, comparison.
-module(collatz).
-export([run/0]).

run() -> longest(1, 250000, {0, 0}).

longest(N, N, Best) -> Best;
longest(I, N, {_, L} = Best) ->
    case steps(I, 0) of
        S when S > L -> longest(I + 1, N, {I, S});
        _ -> longest(I + 1, N, Best)
    end.

steps(1, S) -> S;
steps(N, S) when N rem 2 =:= 0 -> steps(N div 2, S + 1);
steps(N, S) -> steps(3 * N + 1, S + 1).
