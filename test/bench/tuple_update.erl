%% Tuples: element, setelement, records.
-module(tuple_update).
-export([run/0]).

-record(state, {a = 0, b = 0, c = 0, d = {1, 2, 3}, e = []}).

run() -> loop(8000000, #state{}).

loop(0, #state{a = A, b = B, c = C}) -> {A, B, C};
loop(N, S = #state{a = A, d = {X, Y, Z}}) when N rem 2 =:= 0 -> loop(N - 1, S#state{a = A + 1, d = {Y, Z, X}});
loop(N, S = #state{b = B}) -> loop(N - 1, setelement(4, S#state{b = B + element(1, S#state.d)}, N)).
