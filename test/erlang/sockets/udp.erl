%% time: 60
-module(udp).
-export([main/0]).

%% Datagrams: passive and active, connected or not, their options and errors, and the file system's sockets.
main() -> t:sockets(), process_flag(trap_exit, true), passive(), active(), connected(), ancillary(), options(), errors(), local(), ipv6().

open(O) -> {ok, S} = gen_udp:open(0, [{ip, {127,0,0,1}} | O]), {ok, P} = inet:port(S), {S, P}.
flush() -> receive M -> [M | flush()] after 0 -> [] end.

passive() ->
    {A, PA} = open([binary, {active, false}]), {B, PB} = open([{active, false}]),
    t:p(gen_udp:send(A, {127,0,0,1}, PB, ["he", <<"llo">>])), t:p(gen_udp:recv(B, 0, 5000) =:= {ok, {{127,0,0,1}, PA, "hello"}}),
    t:p(gen_udp:send(B, {127,0,0,1}, PA, "")), t:p(gen_udp:recv(A, 0, 5000) =:= {ok, {{127,0,0,1}, PB, <<>>}}),
    t:p(gen_udp:recv(A, 0, 20)), t:p(gen_udp:recv(A, 0, 0)), ok = gen_udp:send(B, {{127,0,0,1}, PA}, "to a pair"), {ok, {_, _, X}} = gen_udp:recv(A, 100, 5000), t:p(X),
    Self = self(), spawn_link(fun() -> Self ! {first, element(1, gen_udp:recv(A, 0, 5000))} end), t:wait_until(fun() -> gen_udp:recv(A, 0, 0) =:= {error, ealready} end),
    ok = gen_udp:send(B, {127,0,0,1}, PA, "x"), receive {first, F} -> t:p(F) after 5000 -> t:p(none) end,
    ok = inet:setopts(A, [{header, 2}]), ok = gen_udp:send(B, {127,0,0,1}, PA, "abcd"), t:p(element(3, element(2, gen_udp:recv(A, 0, 5000)))),
    t:p(prim_inet:getstatus(A)), t:p(prim_inet:gettype(A)), t:p(inet:peername(A)), {ok, {_, P2}} = inet:sockname(A), t:p(P2 =:= PA), t:p(erlang:port_info(A, name)),
    t:p(inet:getstat(B, [send_cnt, send_oct, recv_cnt, recv_oct])), spawn(fun() -> Self ! {closed, gen_udp:recv(B, 0)} end), timer:sleep(100),
    gen_udp:close(A), gen_udp:close(B), receive {closed, C} -> t:p(C) after 5000 -> t:p(none) end, t:p(gen_udp:recv(A, 0)), t:p(gen_udp:send(A, {127,0,0,1}, PB, "x")), t:p(length([E || {'EXIT', _, _} = E <- flush()])).

active() ->
    {A, PA} = open([binary, {active, true}]), {B, PB} = open([{active, once}]),
    ok = gen_udp:send(B, {127,0,0,1}, PA, "one"), receive {udp, A, {127,0,0,1}, PB, D} -> t:p(D) after 5000 -> t:p(none) end,
    ok = gen_udp:send(A, {127,0,0,1}, PB, "1"), ok = gen_udp:send(A, {127,0,0,1}, PB, "2"), receive {udp, B, _, PA, D1} -> t:p(D1) after 5000 -> t:p(none) end,
    t:p(inet:getopts(B, [active])), t:p(element(3, element(2, gen_udp:recv(B, 0, 5000)))), ok = inet:setopts(B, [{active, 2}]), [ok = gen_udp:send(A, {127,0,0,1}, PB, [C]) || C <- "abc"],
    [receive {udp, B, _, _, D2} -> t:p(D2); {udp_passive, B} -> t:p(udp_passive) after 5000 -> t:p(none) end || _ <- [1, 2, 3]], t:p(element(3, element(2, gen_udp:recv(B, 0, 5000)))),
    ok = inet:setopts(B, [{deliver, port}, {active, true}]), ok = gen_udp:send(A, {127,0,0,1}, PB, "raw"), receive {B, {data, [1, _, _, 127, 0, 0, 1 | R]}} -> t:p(R) after 5000 -> t:p(none) end,
    P = spawn(fun() -> receive {udp, A, _, _, Y} -> exit(Y) after 5000 -> exit(none) end end), M = monitor(process, P), ok = gen_udp:controlling_process(A, P), ok = gen_udp:send(B, {127,0,0,1}, PA, "moved"),
    receive {'DOWN', M, _, _, W} -> t:p(W) end, t:wait_until(fun() -> erlang:port_info(A) =:= undefined end), gen_udp:close(B), t:p(flush()).

connected() ->
    {A, PA} = open([{active, false}]), {B, PB} = open([{active, false}]), {C, PC} = open([{active, false}]),
    t:p(gen_udp:connect(A, {127,0,0,1}, PB)), t:p(inet:peername(A) =:= {ok, {{127,0,0,1}, PB}}), t:p(gen_udp:send(A, "short")), t:p(element(3, element(2, gen_udp:recv(B, 0, 5000)))),
    ok = gen_udp:send(C, {127,0,0,1}, PA, "not for A"), t:p(gen_udp:recv(A, 0, 100)), t:p(prim_inet:getstatus(A)), t:p(PC > 0),
    gen_udp:close(B), t:p(gen_udp:send(A, "refused")), t:p(gen_udp:recv(A, 0, 5000)), ok = inet:setopts(A, [{active, true}]), gen_udp:send(A, "refused"),
    receive {udp_error, A, E} -> t:p(E) after 5000 -> t:p(none) end, gen_udp:close(A), gen_udp:close(C), t:p(flush()).

ancillary() ->
    {A, PA} = open([binary, {active, false}, {recvttl, true}, {recvtos, true}]), {B, _} = open([{tos, 16}, {ttl, 33}]),
    ok = gen_udp:send(B, {127,0,0,1}, PA, "x"), {ok, {_, _, Anc, D}} = gen_udp:recv(A, 0, 5000), t:p({Anc, D}), ok = gen_udp:send(B, {{127,0,0,1}, PA}, [{ttl, 55}], "y"),
    ok = inet:setopts(A, [{active, once}]), receive {udp, A, _, _, Anc2, D2} -> t:p({Anc2, D2}) after 5000 -> t:p(none) end, t:p(inet:getopts(B, [tos, ttl])), t:p(inet:getopts(A, [recvtos, recvttl])), gen_udp:close(A), gen_udp:close(B).

options() ->
    {A, PA} = open([{read_packets, 2}, {buffer, 10}, {broadcast, true}, {reuseaddr, true}]), t:p(inet:getopts(A, [read_packets, buffer, broadcast, reuseaddr, mode, active, header, deliver, high_watermark, linger, multicast_ttl, multicast_loop])),
    {B, _} = open([]), ok = gen_udp:send(B, {127,0,0,1}, PA, "longer than the buffer"), receive {udp, A, _, _, D} -> t:p(D) after 5000 -> t:p(none) end,
    t:p(inet:setopts(A, [{read_packets, 0}])), {C, _} = open([{recbuf, 100000}]), t:p(inet:getopts(C, [buffer])), [gen_udp:close(S) || S <- [A, B, C]], ok.

errors() ->
    {A, PA} = open([]), t:p(gen_udp:open(PA, [{ip, {127,0,0,1}}])), t:p(gen_udp:recv(A, 0, 10)), t:p(gen_udp:send(A, {127,0,0,1}, PA, binary:copy(<<"x">>, 70000))), t:p(gen_udp:send(A, {127,0,0,1}, 0, "x")),
    t:p(prim_inet:accept(A)), t:p(prim_inet:listen(A)), gen_udp:close(A), t:p(flush()).

local() ->
    Dir = os:getenv("TMPDIR", "/tmp"), [N1, N2] = [filename:join(Dir, "udp_" ++ os:getpid() ++ X) || X <- ["a", "b"]],
    {ok, A} = gen_udp:open(0, [{ifaddr, {local, N1}}, {active, false}]), {ok, B} = gen_udp:open(0, [{ifaddr, {local, N2}}, {active, true}]),
    ok = gen_udp:send(A, {local, N2}, 0, "here"), Name = list_to_binary(N1), receive {udp, B, {local, Name}, 0, D} -> t:p(D) after 5000 -> t:p(none) end,
    ok = gen_udp:send(B, {local, N1}, 0, "back"), {ok, {{local, From}, 0, D2}} = gen_udp:recv(A, 0, 5000), t:p({From =:= list_to_binary(N2), D2}), t:p(element(1, inet:sockname(A))),
    {ok, L} = gen_tcp:listen(0, [{ifaddr, {local, N1 ++ "s"}}, {active, false}]), {ok, C} = gen_tcp:connect({local, N1 ++ "s"}, 0, [{active, false}]), {ok, S} = gen_tcp:accept(L), ok = gen_tcp:send(C, "stream"),
    t:p(gen_tcp:recv(S, 0, 5000)), t:p(inet:peername(S)), t:p(inet:peername(C) =:= {ok, {local, list_to_binary(N1 ++ "s")}}), t:p(gen_tcp:connect({local, N1 ++ "none"}, 0, [])), t:p(prim_inet:gettype(S)),
    [gen_udp:close(X) || X <- [A, B]], [gen_tcp:close(X) || X <- [L, C, S]], [file:delete(N) || N <- [N1, N2, N1 ++ "s"]], ok.

ipv6() ->
    case gen_udp:open(0, [inet6, {ip, {0,0,0,0,0,0,0,1}}, {active, false}]) of
        {ok, A} ->
            {ok, PA} = inet:port(A), {ok, B} = gen_udp:open(0, [inet6]), ok = gen_udp:send(B, {0,0,0,0,0,0,0,1}, PA, "six"), {ok, {IP, _, D}} = gen_udp:recv(A, 0, 5000), t:p({IP, D}),
            {ok, L} = gen_tcp:listen(0, [inet6, {ipv6_v6only, true}, {ip, {0,0,0,0,0,0,0,1}}, {active, false}]), {ok, {LI, LP}} = inet:sockname(L), t:p(LI), {ok, C} = gen_tcp:connect({0,0,0,0,0,0,0,1}, LP, [inet6]), {ok, S} = gen_tcp:accept(L, 5000), ok = gen_tcp:send(C, "6"), t:p(gen_tcp:recv(S, 0, 5000)),
            t:p(gen_tcp:connect({127,0,0,1}, LP, [])), t:p(prim_inet:gettype(S)), [gen_udp:close(X) || X <- [A, B]], [gen_tcp:close(X) || X <- [L, C, S]], ok;
        {error, _} -> ok
    end.
