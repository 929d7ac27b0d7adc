%% Calls: Takeuchi function.
-module(tak).
-export([run/0]).

run() -> [tak(18, 12, 6 + I rem 2) || I <- lists:seq(1, 3000)].

tak(X, Y, Z) when Y < X -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y));
tak(_, _, Z) -> Z.
