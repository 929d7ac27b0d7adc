%% time: 60
-module(tcp_queue).
-export([main/0]).

%% What cannot be sent at once: the queue and its marks, senders that wait, time limits, closing.
main() -> t:sockets(), process_flag(trap_exit, true), busy(), timeouts(), closing(), delayed(), shut_down(), files().

pair(Options) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127,0,0,1}}, {active, false}, binary, {recbuf, 4096}]), {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127,0,0,1}, Port, [{active, false}, binary, {sndbuf, 4096} | Options]),
    {ok, A} = gen_tcp:accept(L, 5000), gen_tcp:close(L), {A, C}.

data() -> binary:copy(<<"0123456789abcdef">>, 200000).
pending(S) -> {ok, [{send_pend, N}]} = inet:getstat(S, [send_pend]), N.
drain(A) -> drain(A, 0).
drain(A, N) -> case gen_tcp:recv(A, 0, 10000) of {ok, D} -> drain(A, N + byte_size(D)); {error, E} -> {N, E} end.

busy() ->
    {A, C} = pair([]), Self = self(),
    ok = gen_tcp:send(C, data()), t:p(pending(C) > 0), t:p(erlang:port_info(C, queue_size) =:= {queue_size, pending(C)}),
    Senders = [spawn_link(fun() -> Self ! {self(), gen_tcp:send(C, "more")} end) || _ <- [1, 2]],
    t:wait_until(fun() -> {ok, X} = prim_inet:getstatus(C), lists:member(busy, X) end),
    t:p(prim_inet:send(C, "x", [nosuspend])), t:p(catch port_command(C, "x", [nosuspend])),
    {N, R} = drain_for(A, byte_size(data()) + 8), t:p({N, R}), t:p(lists:sort([receive {P, X} -> X after 5000 -> none end || P <- Senders])),
    t:p(pending(C)), t:p(prim_inet:getstatus(C)), gen_tcp:close(A), gen_tcp:close(C),
    {ok, L} = gen_tcp:listen(0, [{high_watermark, 100}, {low_watermark, 50}]), t:p(inet:getopts(L, [high_watermark, low_watermark])),
    ok = inet:setopts(L, [{high_watermark, 20}]), t:p(inet:getopts(L, [high_watermark, low_watermark])),
    ok = inet:setopts(L, [{low_watermark, 200}]), t:p(inet:getopts(L, [high_watermark, low_watermark])),
    t:p(inet:setopts(L, [{high_msgq_watermark, 10}])), t:p(inet:getopts(L, [high_msgq_watermark, low_msgq_watermark])), t:p(inet:setopts(L, [{low_msgq_watermark, 0}])), gen_tcp:close(L).

drain_for(A, N) -> case gen_tcp:recv(A, N, 20000) of {ok, D} -> {byte_size(D), erlang:crc32(D) =/= 0}; E -> {0, E} end.

timeouts() ->
    {A, C} = pair([{send_timeout, 50}]), ok = gen_tcp:send(C, data()), t:p(gen_tcp:send(C, "x")), t:p(gen_tcp:send(C, "x")), t:p(prim_inet:getstatus(C)), t:p(pending(C) > 0),
    gen_tcp:close(A), t:p(gen_tcp:recv(C, 0, 5000)), gen_tcp:close(C),
    {A2, C2} = pair([{send_timeout, 50}, {send_timeout_close, true}]), ok = gen_tcp:send(C2, data()), t:p(gen_tcp:send(C2, "x")), t:p(gen_tcp:send(C2, "x")), t:p(prim_inet:getstatus(C2)), t:p(pending(C2)),
    t:p(gen_tcp:recv(C2, 0, 100)), gen_tcp:close(C2), {N, E} = drain(A2), t:p({N < byte_size(data()), E}), gen_tcp:close(A2),
    t:p(inet:getopts(C, [send_timeout])).

%% What is queued is sent before close returns, unless the socket lingers for no time; it waits for an owner that dies too.
closing() ->
    {A, C} = pair([]), Self = self(), ok = gen_tcp:send(C, data()), spawn_link(fun() -> Self ! {close, gen_tcp:close(C)} end), t:p(drain(A)), receive {close, R} -> t:p(R) after 5000 -> t:p(none) end, gen_tcp:close(A),
    {A1, C1} = pair([{linger, {true, 0}}]), ok = gen_tcp:send(C1, data()), ok = gen_tcp:close(C1), {N1, E1} = drain(A1), t:p({N1 < byte_size(data()), E1}), gen_tcp:close(A1),
    {A2, C2} = pair([]), P = spawn(fun() -> receive go -> gen_tcp:send(C2, data()) end end), ok = gen_tcp:controlling_process(C2, P), M = monitor(port, C2), P ! go,
    receive {'DOWN', M, _, _, W} -> t:p(W) after 5000 -> t:p(none) end, t:p(drain(A2)), gen_tcp:close(A2),
    {A3, C3} = pair([{linger, {true, 20}}]), ok = gen_tcp:send(C3, data()), spawn(fun() -> timer:sleep(50), Self ! {drained, drain(A3)} end), ok = gen_tcp:close(C3), receive {drained, D} -> t:p(D) after 10000 -> t:p(none) end, gen_tcp:close(A3),
    %% The other side goes while something is queued.
    {A4, C4} = pair([]), ok = gen_tcp:send(C4, data()), S4 = spawn_link(fun() -> Self ! {self(), gen_tcp:send(C4, "x")} end),
    t:wait_until(fun() -> {ok, X} = prim_inet:getstatus(C4), lists:member(busy, X) end), gen_tcp:close(A4), receive {S4, X4} -> t:p(X4) after 5000 -> t:p(none) end, t:p(pending(C4)), t:p(gen_tcp:recv(C4, 0, 5000)), gen_tcp:close(C4),
    t:p([element(1, X) || X <- flush()]).

flush() -> receive M -> [M | flush()] after 0 -> [] end.

delayed() ->
    {A, C} = pair([{delay_send, true}, {packet, 2}]), t:p(inet:getopts(C, [delay_send])), [ok = gen_tcp:send(C, integer_to_list(N)) || N <- lists:seq(1, 20)],
    ok = inet:setopts(A, [{packet, 2}]), t:p([begin {ok, D} = gen_tcp:recv(A, 0, 5000), D end || _ <- lists:seq(1, 20)]), gen_tcp:close(C), t:p(gen_tcp:recv(A, 0, 5000)), gen_tcp:close(A).

shut_down() ->
    {A, C} = pair([]), ok = gen_tcp:send(C, data()), t:p(gen_tcp:shutdown(C, write)), t:p(gen_tcp:send(C, "x")), gen_tcp:close(C), gen_tcp:close(A),
    {A2, C2} = pair([]), ok = gen_tcp:send(C2, data()), t:p(gen_tcp:shutdown(C2, write)), t:p(drain(A2)), ok = gen_tcp:send(A2, "answer"), t:p(gen_tcp:recv(C2, 0, 5000)), t:p(gen_tcp:send(C2, "x")), gen_tcp:close(C2), gen_tcp:close(A2).

files() ->
    Name = filename:join(os:getenv("TMPDIR", "/tmp"), "tcp_queue_" ++ os:getpid()), ok = file:write_file(Name, data()),
    {A, C} = pair([]), Self = self(), spawn_link(fun() -> Self ! {all, drain(A)} end),
    t:p(file:sendfile(Name, C)), {ok, F} = file:open(Name, [read, raw, binary]), t:p(file:sendfile(F, C, 10, 5, [])), t:p(file:sendfile(F, C, 3000000, 0, [])), t:p(file:sendfile(F, C, 4000000, 10, [])),
    t:p(file:position(F, cur)), gen_tcp:close(C), receive {all, R} -> t:p(R) after 10000 -> t:p(none) end, t:p(file:sendfile(F, C, 0, 5, [])), t:p(file:sendfile("/nonexistent", C)),
    {A2, C2} = pair([]), ok = gen_tcp:send(C2, data()), spawn(fun() -> Self ! {both, drain(A2)} end), t:p(file:sendfile(F, C2, 0, 7, [])), ok = gen_tcp:send(C2, "tail"), gen_tcp:close(C2), receive {both, R2} -> t:p(R2) after 10000 -> t:p(none) end,
    {A3, C3} = pair([]), spawn(fun() -> timer:sleep(50), gen_tcp:close(A3) end), t:p(file:sendfile(F, C3, 0, 0, [])), gen_tcp:close(C3), gen_tcp:close(A), gen_tcp:close(A2),
    {A4, C4} = pair([]), P = spawn(fun() -> receive go -> Self ! {notowner, file:sendfile(F, A4, 0, 5, [])} end end), P ! go, receive {notowner, X} -> t:p(X) end, gen_tcp:close(A4), gen_tcp:close(C4),
    file:close(F), file:delete(Name).
