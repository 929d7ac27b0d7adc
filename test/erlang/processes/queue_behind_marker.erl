-module(queue_behind_marker).
%% time: 30
-export([main/0]).

%% A receive that only takes an answer to a new reference does not look at what waited before, and neither do the
%% collections that come meanwhile.
main() ->
    Server = spawn(fun echo/0),
    calls(Server, 1000),
    Empty = time(fun() -> calls(Server, 5000) end),
    [self() ! {message, N, [N]} || N <- lists:seq(1, 300000)],
    garbage_collect(),
    Full = time(fun() -> calls(Server, 5000) end),
    io:format("~p~n", [Full < 20 * Empty + 200000 orelse {Empty, Full}]),
    %% Examined far ahead, taken later, and in between.
    Ref = make_ref(),
    self() ! {a, Ref, [1, 2, 3]},
    receive {b, Ref, _} -> no after 0 -> ok end,
    garbage_collect(),
    receive {a, Ref, L} -> io:format("~p~n", [L]) end,
    io:format("~p~n", [sum(300000, 0)]),
    io:format("~p~n", [element(2, process_info(self(), message_queue_len))]).

time(F) ->
    {T, _} = timer:tc(F),
    T.

calls(_, 0) -> ok;
calls(Server, N) ->
    {answer, N, _} = gen_server:call(Server, {answer, N, lists:seq(1, 5)}, infinity),
    calls(Server, N - 1).

echo() ->
    receive
        {'$gen_call', {Pid, Ref}, Message} ->
            Pid ! {Ref, Message},
            echo()
    end.

sum(0, S) -> S;
sum(N, S) -> receive {message, M, [M]} -> sum(N - 1, S + M) end.
