-module(tcp_echo).
-export([run/0]).

%% Two processes that send each other short messages over a socket, in each mode; then much in one direction.
run() ->
    {passive(pair(), 3000), active(pair(), 3000), once(pair(), 3000), bulk(pair(), 60000000)}.

%% By prim_inet: without the rest of the application kernel.
pair() ->
    {ok, L} = prim_inet:open(tcp, inet, stream, [{mode, binary}]), {ok, Port} = prim_inet:bind(L, {127,0,0,1}, 0), ok = prim_inet:listen(L),
    {ok, C} = prim_inet:open(tcp, inet, stream, [{mode, binary}, {active, false}]), ok = prim_inet:connect(C, {127,0,0,1}, Port),
    {ok, A} = prim_inet:accept(L), [ok = prim_inet:setopts(S, [{nodelay, true}]) || S <- [A, C]], prim_inet:close(L), {A, C}.

with(A, Fun) -> P = spawn_link(fun() -> receive go -> Fun(A) end end), ok = inet:tcp_controlling_process(A, P), P ! go.

passive({A, C}, N) -> with(A, fun answer/1), X = ask(C, N, 0), prim_inet:close(C), X.
answer(A) -> case prim_inet:recv(A, 0) of {ok, D} -> prim_inet:send(A, D), answer(A); _ -> ok end.
ask(_, 0, Sum) -> Sum;
ask(C, N, Sum) -> ok = prim_inet:send(C, <<"hello">>), {ok, D} = prim_inet:recv(C, 5), ask(C, N - 1, Sum + byte_size(D)).

active({A, C}, N) -> with(A, fun(S) -> prim_inet:setopts(S, [{active, true}]), echo(S) end), prim_inet:setopts(C, [{active, true}]), X = chat(C, N, 0), prim_inet:close(C), X.
echo(A) -> receive {tcp, A, D} -> prim_inet:send(A, D), echo(A); _ -> ok end.
chat(_, 0, Sum) -> Sum;
chat(C, N, Sum) -> ok = prim_inet:send(C, <<"hello">>), receive {tcp, C, D} -> chat(C, N - 1, Sum + byte_size(D)) end.

once({A, C}, N) -> with(A, fun echo_once/1), X = chat_once(C, N, 0), prim_inet:close(C), X.
echo_once(A) -> prim_inet:setopts(A, [{active, once}]), receive {tcp, A, D} -> prim_inet:send(A, D), echo_once(A); _ -> ok end.
chat_once(_, 0, Sum) -> Sum;
chat_once(C, N, Sum) -> prim_inet:setopts(C, [{active, once}]), ok = prim_inet:send(C, <<"hello">>), receive {tcp, C, D} -> chat_once(C, N - 1, Sum + byte_size(D)) end.

bulk({A, C}, Total) -> Piece = binary:copy(<<"x">>, 60000), with(A, fun(S) -> [ok = prim_inet:send(S, Piece) || _ <- lists:seq(1, Total div 60000)], prim_inet:close(S) end), X = all(C, 0), prim_inet:close(C), X.
all(C, Sum) -> case prim_inet:recv(C, 0) of {ok, D} -> all(C, Sum + byte_size(D)); {error, closed} -> Sum end.
