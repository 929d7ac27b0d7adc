%% Processes: clients that call a server with references, as gen_server does.
-module(request_reply).
-export([run/0]).

run() ->
    Server = spawn(fun() -> serve(#{}) end),
    Self = self(),
    Ps = [spawn(fun() -> Self ! {done, self(), client(60000, Server, I, 0)} end) || I <- lists:seq(1, 4)],
    R = [receive {done, P, X} -> X end || P <- Ps],
    Server ! stop,
    R.

client(0, _, _, A) -> A;
client(N, S, I, A) -> client(N - 1, S, I, A + call(S, {bump, I})).

call(S, Request) ->
    Ref = monitor(process, S, [{alias, reply_demonitor}]),
    S ! {call, {self(), Ref}, Request},
    receive
        {Ref, Reply} -> Reply;
        {'DOWN', Ref, _, _, Reason} -> exit(Reason)
    end.

serve(State) ->
    receive
        {call, {_, Ref}, {bump, I}} ->
            V = maps:get(I, State, 0) + 1,
            Ref ! {Ref, V},
            serve(State#{I => V});
        stop -> ok
    end.
