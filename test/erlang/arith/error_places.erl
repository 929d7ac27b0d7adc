%% Where errors of + and - stand: in the caller when one operand is a small constant.
-module(error_places).
-export([main/1]).
a(X) -> 1 + X.
b(X) -> X + 1.
c(X) -> X - 1.
d(X) -> 1 - X.
e(X) -> X + 1000000000000.
f(X) -> 1000000000000 + X.
g(_) -> 1 + a.
h(X) -> (X + 1) + X.
i(X) -> -1 + X.
k(X) when is_atom(X); is_list(X) -> 1 + X.
main(_) ->
  [io:format("~p ~p~n",[N, (fun() -> try F(q) catch _:_:S -> hd(S) end end)()]) || {N,F} <- [{a,fun a/1},{b,fun b/1},{c,fun c/1},{d,fun d/1},{e,fun e/1},{f,fun f/1},{g,fun g/1},{h,fun h/1},{i,fun i/1},{k,fun k/1}]].
