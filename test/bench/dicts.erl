%% dict, orddict, sets, array and queue.
-module(dicts).
-export([run/0]).

run() ->
    D = lists:foldl(fun(I, A) -> dict:update_counter(I rem 5000, I, A) end, dict:new(), lists:seq(1, 150000)),
    A = lists:foldl(fun(I, Arr) -> array:set(I * 31 rem 20000, I, Arr) end, array:new(20000, {default, 0}), lists:seq(1, 150000)),
    Q = queue_loop(300000, queue:new(), 0),
    S = sets:from_list([I * 17 rem 9001 || I <- lists:seq(1, 60000)]),
    {dict:fold(fun(_, V, X) -> X + V end, 0, D), array:foldl(fun(_, V, X) -> X + V end, 0, A), Q, sets:size(S)}.

queue_loop(0, Q, A) -> A + queue:len(Q);
queue_loop(N, Q, A) when N rem 3 =:= 0 ->
    case queue:out(Q) of
        {{value, V}, Q1} -> queue_loop(N - 1, Q1, A + V);
        {empty, Q1} -> queue_loop(N - 1, Q1, A)
    end;
queue_loop(N, Q, A) -> queue_loop(N - 1, queue:in(N, Q), A).
