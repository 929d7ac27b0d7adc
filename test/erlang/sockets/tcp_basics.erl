%% time: 60
-module(tcp_basics).
-export([main/0]).

%% Listening, connecting, accepting; the errors of each; who owns a socket.
main() ->
    t:sockets(),
    process_flag(trap_exit, true),
    connections(), errors(), several_acceptors(), owners(), descriptors(), names().

pair(ListenOptions, ConnectOptions) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127,0,0,1}} | ListenOptions]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127,0,0,1}, Port, ConnectOptions),
    {ok, A} = gen_tcp:accept(L, 5000),
    {L, C, A}.

connections() ->
    {L, C, A} = pair([binary, {active, false}], [list, {active, false}]),
    ok = gen_tcp:send(C, ["to ", <<"you">>, [$!]]),
    t:p(gen_tcp:recv(A, 7, 5000)),
    ok = gen_tcp:send(A, "back"),
    t:p(gen_tcp:recv(C, 0, 5000)),
    t:p(gen_tcp:send(C, [])), t:p(gen_tcp:recv(C, 0, 10)),
    t:p([prim_inet:getstatus(S) || S <- [L, C, A]]),
    t:p([prim_inet:gettype(S) || S <- [L, C, A]]),
    {ok, {_, Here}} = inet:sockname(C), t:p(inet:peername(A) =:= {ok, {{127,0,0,1}, Here}}), t:p(prim_inet:socknames(C) =:= {ok, [{{127,0,0,1}, Here}]}), t:p(prim_inet:peernames(A) =:= {ok, [{{127,0,0,1}, Here}]}), t:p(inet:peername(L)),
    t:p([element(2, erlang:port_info(S, name)) || S <- [L, C, A]]),
    t:p(erlang:port_info(A, connected) =:= {connected, self()}), t:p(erlang:port_info(A, links) =:= {links, [self()]}),
    t:p(inet:getstat(A, [recv_cnt, recv_oct, recv_max, recv_avg, send_cnt, send_oct, send_max, send_avg, send_pend])),
    ok = gen_tcp:close(A), t:p(gen_tcp:recv(C, 0, 5000)), t:p(gen_tcp:recv(C, 0, 5000)),
    t:p(gen_tcp:send(C, "x")), t:p(gen_tcp:send(C, "x")), t:p(prim_inet:getstatus(C)), t:p(inet:sockname(C)), t:p(inet:peername(C)),
    t:p(inet:setopts(C, [{nodelay, true}])), t:p(inet:getopts(C, [nodelay, mode])), t:p(gen_tcp:shutdown(C, write)),
    t:p(gen_tcp:close(C)), t:p(gen_tcp:close(C)), t:p(gen_tcp:close(L)),
    t:p(erlang:port_info(L)), t:p(catch gen_tcp:recv(C, 0)), t:p(gen_tcp:send(C, "x")), t:p(inet:sockname(C)),
    t:p(flush()).

errors() ->
    {ok, L} = gen_tcp:listen(0, []), {ok, Port} = inet:port(L),
    t:p(gen_tcp:listen(Port, [])),
    t:p(gen_tcp:accept(L, 0)), t:p(gen_tcp:accept(L, 20)), t:p(prim_inet:getstatus(L)),
    t:p(gen_tcp:recv(L, 0, 10)), t:p(gen_tcp:send(L, "x")), t:p(gen_tcp:shutdown(L, read)),
    gen_tcp:close(L),
    t:p(gen_tcp:connect({127,0,0,1}, Port, [])), t:p(gen_tcp:connect({127,0,0,1}, Port, [], 1000)),
    t:p(gen_tcp:accept(L)),
    {ok, S} = prim_inet:open(tcp, inet, stream), t:p(prim_inet:getstatus(S)),
    t:p(gen_tcp:recv(S, 0)), t:p(gen_tcp:send(S, "x")), t:p(prim_inet:accept(S)), t:p(prim_inet:peername(S)),
    {ok, B} = prim_inet:bind(S, {127,0,0,1}, 0), t:p(B > 0), t:p(prim_inet:sockname(S) =:= {ok, {{127,0,0,1}, B}}),
    t:p(prim_inet:listen(S)), t:p(prim_inet:bind(S, {127,0,0,1}, 0)), t:p(prim_inet:connect(S, {127,0,0,1}, 0)), prim_inet:close(S),
    t:p(catch erlang:port_control(S, 1, "x")), {ok, T} = prim_inet:open(tcp, inet6, stream), t:p(catch erlang:port_control(T, 1, "x")),
    t:p(prim_inet:gettype(T)), prim_inet:close(T),
    t:p(prim_inet:open(tcp, inet, dgram)), t:p(catch gen_tcp:listen(0, [nonsense])), t:p(catch gen_tcp:listen(70000, [])),
    t:p(gen_tcp:connect({127,0,0,1}, 0, [])), t:p(gen_tcp:listen(0, [{ip, {1,2,3,4}}])),
    t:p(flush()).

several_acceptors() ->
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}]), {ok, Port} = inet:port(L), Self = self(),
    Acceptors = [spawn(fun() -> {ok, A} = gen_tcp:accept(L), {ok, D} = gen_tcp:recv(A, 0), Self ! {self(), D} end)
                 || _ <- lists:seq(1, 5)],
    Impatient = spawn(fun() -> Self ! {impatient, gen_tcp:accept(L, 50)} end),
    t:wait_until(fun() -> element(2, prim_inet:getstatus(L)) =/= [listen, open] end),
    receive {impatient, R} -> t:p({is_pid(Impatient), R}) end,
    exit(hd(Acceptors), kill),
    t:wait_until(fun() -> not is_process_alive(hd(Acceptors)) end),
    Clients = [begin {ok, C} = gen_tcp:connect({127,0,0,1}, Port, []), ok = gen_tcp:send(C, integer_to_list(N)), C end || N <- [1, 2, 3, 4]],
    t:p(lists:sort([receive {P, D} -> D after 5000 -> none end || P <- tl(Acceptors)])),
    t:wait_until(fun() -> prim_inet:getstatus(L) =:= {ok, [listen, open]} end),
    [spawn(fun() -> Self ! {waited, gen_tcp:accept(L)} end) || _ <- [1, 2, 3]],
    t:wait_until(fun() -> {ok, X} = prim_inet:getstatus(L), lists:member(accepting, X) end), timer:sleep(100),
    gen_tcp:close(L), t:p([receive {waited, W} -> W after 5000 -> none end || _ <- [1, 2, 3]]),
    [gen_tcp:close(C) || C <- Clients], t:p(flush()).

owners() ->
    {L, C, A} = pair([{active, true}], [{active, true}]), Self = self(),
    t:p(gen_tcp:controlling_process(C, Self)),
    P = spawn(fun() -> receive go -> ok end, receive M -> Self ! {from_other, element(1, M), element(3, M)} after 5000 -> ok end, receive stop -> ok end end),
    ok = gen_tcp:controlling_process(C, P), P ! go,
    t:p(erlang:port_info(C, connected) =:= {connected, P}), t:p(gen_tcp:controlling_process(C, self())),
    ok = gen_tcp:send(A, "for P"), receive {from_other, X, Y} -> t:p({X, Y}) after 5000 -> t:p(none) end,
    M = erlang:monitor(port, C), P ! stop,
    receive {'DOWN', M, port, C, Why} -> t:p(Why) after 5000 -> t:p(alive) end,
    receive {tcp_closed, A} -> t:p(closed) after 5000 -> t:p(none) end,
    t:p(erlang:port_info(A)),
    exit(L, kill), receive {'EXIT', L, W} -> t:p(W) after 5000 -> t:p(alive) end, t:p(flush()),
    %% One that is linked and not the owner hears of the end.
    {L2, C2, A2} = pair([{active, true}], [{active, true}]),
    spawn(fun() -> process_flag(trap_exit, true), link(C2), Self ! linked, receive {'EXIT', C2, Z} -> Self ! {heard, Z} after 5000 -> Self ! deaf end end),
    receive linked -> ok end, gen_tcp:close(A2), receive {heard, Z} -> t:p(Z); deaf -> t:p(deaf) end,
    t:wait_until(fun() -> erlang:port_info(C2) =:= undefined end), gen_tcp:close(L2),
    t:p([element(1, F) || F <- flush()]).

descriptors() ->
    {L, C, A} = pair([{active, false}], [{active, false}]),
    {ok, Fd} = prim_inet:getfd(C), t:p(is_integer(Fd) andalso Fd > 2),
    ok = prim_inet:ignorefd(C, true), ok = gen_tcp:send(A, "later"), t:p(gen_tcp:recv(C, 0, 20)), ok = prim_inet:ignorefd(C, false),
    t:p(gen_tcp:recv(C, 0, 5000)),
    t:p(prim_inet:unrecv(C, <<"again">>)), t:p(gen_tcp:recv(C, 3, 5000)), t:p(gen_tcp:recv(C, 0, 5000)),
    [gen_tcp:close(S) || S <- [L, C, A]], ok.

names() ->
    {L, C, A} = pair([{active, false}], [{active, false}]),
    ok = prim_inet:setpeername(C, {{1,2,3,4}, 5}), t:p(inet:peername(C)), ok = prim_inet:setpeername(C, undefined), t:p(element(1, inet:peername(C))),
    ok = prim_inet:setsockname(C, {{1,2,3,4}, 5}), t:p(inet:sockname(C)), ok = prim_inet:setsockname(C, undefined), t:p(element(1, inet:sockname(C))),
    t:p(prim_inet:getservbyname(C, domain, tcp)), t:p(prim_inet:getservbyport(C, 80, tcp)), t:p(prim_inet:getservbyname(C, nonsense, tcp)),
    t:p(element(1, prim_inet:gethostname(C))), t:p(prim_inet:getiflist(C)), t:p(prim_inet:ifget(C, "lo", [addr, netmask, flags, mtu, hwaddr])),
    [gen_tcp:close(S) || S <- [L, C, A]], ok.

flush() -> receive M -> [M | flush()] after 0 -> [] end.
