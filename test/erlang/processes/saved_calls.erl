%% process_flag(save_calls, N) and process_info(_, last_calls): global calls, sends, receives and timeouts.
-module(saved_calls).
-export([main/0, reversed/1, told/1]).

main() ->
    t:p(process_info(self(), last_calls)),
    P = worker(30),
    work(P), t:p(process_info(P, last_calls)),
    t:p(erlang:process_flag(P, save_calls, 5)), t:p(process_info(P, last_calls)),
    work(P), t:p(process_info(P, last_calls)),
    t:p(erlang:process_flag(P, save_calls, 9)), t:p(process_info(P, last_calls)),
    P ! {self(), last}, receive last -> ok end, t:p(process_info(P, last_calls)),
    t:p(erlang:process_flag(P, save_calls, 0)), t:p(process_info(P, last_calls)),
    work(P), t:p(process_info(P, last_calls)),
    t:p(process_flag(save_calls, 0)),
    %% Loaded while somebody saves; and one who saves dies.
    Q = worker(4),
    Q ! {self(), load}, receive load -> ok end, t:p(process_info(Q, last_calls)),
    R = monitor(process, Q), exit(Q, kill), receive {'DOWN', R, _, _, W} -> t:p(W) end,
    t:p(erlang:trace_info({lists, last, 1}, all)),
    t:e("limit", fun() -> process_flag(save_calls, t:id(10001)) end),
    t:e("negative", fun() -> process_flag(save_calls, t:id(-1)) end),
    t:e("other", fun() -> erlang:process_flag(P, save_calls, t:id(a)) end).

worker(Limit) ->
    Me = self(),
    P = spawn(fun() -> process_flag(save_calls, Limit), Me ! ready, loop() end),
    receive ready -> P end.

work(P) -> P ! {self(), work}, receive work -> ok end.

loop() ->
    receive
        {From, work} ->
            X = lists:seq(1, 3), F = fun ?MODULE:reversed/1, t:id(F(?MODULE:reversed(X))), apply(t:id(lists), sum, [X]),
            receive nothing -> ok after 1 -> ok end,
            ?MODULE:told(From);
        {From, last} -> _ = lists:last([1, 2]), From ! last;
        {From, load} -> _ = orddict:new(), ordsets:size([]), From ! load
    end,
    loop().

reversed(X) -> lists:reverse(X).
told(From) -> From ! work.
