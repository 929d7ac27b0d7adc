%% time: 60
-module(tcp_packets).
-export([main/0]).

%% Every kind of packet, in passive and in active mode, whole and in pieces.
main() ->
    t:sockets(),
    [kinds(Mode) || Mode <- [list, binary]],
    lines(), http(), limits(), headers(), lengths(), changes().

pair(Options) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127,0,0,1}}, {active, false}]), {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127,0,0,1}, Port, [{active, false} | Options]),
    {ok, A} = gen_tcp:accept(L, 5000), gen_tcp:close(L), {A, C}.

%% Sends Bytes at once, then byte by byte, and tells what comes out, passive and active.
all(Options, Bytes) ->
    {A, C} = pair(Options), ok = gen_tcp:send(A, Bytes), ok = gen_tcp:close(A), t:p({Options, passive(C), closed(C)}),
    {A2, C2} = pair(Options), ok = inet:setopts(A2, [{nodelay, true}]),
    spawn(fun() -> [begin gen_tcp:send(A2, [B]), erlang:yield() end || <<B>> <= iolist_to_binary(Bytes)], gen_tcp:close(A2) end),
    R = passive(C2), lists:keymember(packet, 1, Options) andalso t:p({pieces, R}), gen_tcp:close(C2),
    {A3, C3} = pair(Options), ok = gen_tcp:send(A3, Bytes), inet:setopts(C3, [{active, true}]), gen_tcp:close(A3), t:p(active(C3)),
    {A4, C4} = pair([{active, once} | Options]), ok = gen_tcp:send(A4, Bytes), gen_tcp:close(A4), t:p(once(C4)).

passive(C) -> case gen_tcp:recv(C, 0, 10000) of {ok, D} -> [show(D, C) | passive(C)]; {error, E} -> [E] end.
closed(C) -> X = {gen_tcp:recv(C, 0, 300), gen_tcp:send(C, "x")}, gen_tcp:close(C), X.
active(C) -> receive {tcp_closed, C} -> [closed]; M when element(2, M) =:= C -> [show(M, C) | active(C)] after 10000 -> [nothing] end.
once(C) ->
    receive {tcp_closed, C} -> [closed]; {tcp_error, C, E} -> [E | once(C)]; M when element(2, M) =:= C -> inet:setopts(C, [{active, once}]), [show(M, C) | once(C)]
    after 3000 -> [nothing] end.
show(M, C) when is_tuple(M) -> list_to_tuple([case E of C -> socket; _ -> E end || E <- tuple_to_list(M)]);
show(M, _) -> M.

kinds(Mode) ->
    all([Mode, {packet, 1}], <<3, "abc", 0, 2, "de">>),
    all([Mode, {packet, 2}], <<0, 3, "abc", 0, 0, 0, 2, "de">>),
    all([Mode, {packet, 4}], <<0, 0, 0, 3, "abc", 0:32, 2:32, "de", 0, 0>>),
    all([Mode, {packet, asn1}], <<16#30, 3, 1, 2, 3, 16#3f, 16#81, 1, 16#82, 0, 2, "xy">>),
    all([Mode, {packet, sunrm}], <<1:1, 4:31, "rpc!", 0:32>>),
    all([Mode, {packet, cdr}], <<"GIOP", 1, 0, 0, 0, 2:32, "hi", "GIOP", 1, 0, 1, 0, 1:32/little, "z">>),
    all([Mode, {packet, fcgi}], <<1, 5, 1:16, 3:16, 2, 0, "abcpp">>),
    all([Mode, {packet, tpkt}], <<3, 0, 7:16, "abc", 3, 0, 4:16>>),
    all([Mode, {packet, ssl_tls}], <<22, 3, 1, 4:16, "body", 1:1, 11:15, 1, 3, 0, 8:32, 0, 0, "xx">>),
    all([Mode, {packet, line}], <<"one\ntwo\r\n\nrest">>).

lines() ->
    all([{packet, line}, {buffer, 4}], "abcdefghij\nk\n"),
    all([binary, {packet, line}, {line_delimiter, $;}], "a;b\n;c").

http() ->
    Request = "GET /index.html HTTP/1.1\r\nHost: here\r\nX-Odd:  folded\r\n line\r\nContent-Length: 3\r\n\r\nPOST * HTTP/1.0\r\n\r\n",
    all([{packet, http}], Request), all([{packet, http_bin}], Request),
    all([{packet, http}], "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), all([{packet, httph}], "Accept: a\r\nUnknown-One: b\r\n\r\nDate: c\r\n\r\n"),
    all([{packet, http}], "nonsense\r\nmore nonsense\r\n"), all([binary, {packet, httph_bin}], "Accept: a\r\n\r\nx").

limits() ->
    all([{packet, 4}, {packet_size, 5}], <<5:32, "abcde", 6:32, "abcdef">>),
    all([{packet, line}, {packet_size, 5}], "abcd\nabcdefgh\n"),
    all([{packet, http}, {packet_size, 12}], "GET / HTTP/1.1\r\n\r\n"),
    all([{packet, asn1}], <<16#30, 16#85, 1, 2, 3, 4, 5>>), all([{packet, fcgi}], <<2, 5, 1:16, 3:16, 2, 0, "abcpp">>),
    all([{packet, tpkt}], <<4, 0, 7:16, "abc">>), all([{packet, cdr}], <<"GIOX", 1, 0, 0, 0, 2:32, "hi">>),
    all([{packet, http}, {buffer, 10}], "GET /long HTTP/1.1\r\n\r\n"), all([{packet, 4}], <<16#05000000:32, "x">>).

headers() ->
    all([binary, {header, 2}], "abcdef"), all([binary, {header, 2}], "a"), all([binary, {header, 6}], "abcdef"), all([list, {header, 2}], "abcdef"),
    all([binary, {packet, 1}, {header, 1}], <<2, "ab", 0, 1, "c">>).

lengths() ->
    {A, C} = pair([binary]), ok = gen_tcp:send(A, "abcdefghij"),
    t:p([gen_tcp:recv(C, N, 5000) || N <- [3, 1, 6, 1]]), ok = gen_tcp:send(A, "xy"), t:p(gen_tcp:recv(C, 3, 50)), t:p(gen_tcp:recv(C, 0, 5000)),
    t:p(gen_tcp:recv(C, 67108865, 10)), t:p(element(1, element(2, catch gen_tcp:recv(C, -1, 10)))),
    Self = self(), spawn_link(fun() -> Self ! {first, gen_tcp:recv(C, 0, 1000)} end),
    timer:sleep(100), t:p(gen_tcp:recv(C, 0, 1000)), gen_tcp:send(A, "z"), receive {first, F} -> t:p(F) end,
    ok = inet:setopts(C, [{packet, 2}]), t:p(gen_tcp:recv(C, 5, 10)), ok = inet:setopts(C, [{active, true}]), t:p(gen_tcp:recv(C, 0, 10)),
    %% Frames that are sent.
    [begin {A1, C1} = pair([{packet, P}]), ok = gen_tcp:send(C1, ["he", <<"llo">>]), ok = gen_tcp:send(C1, ""), t:p({P, gen_tcp:recv(A1, 0, 5000)}), gen_tcp:close(A1), gen_tcp:close(C1) end
     || P <- [raw, 1, 2, 4, line, asn1, http]],
    {A2, C2} = pair([{packet, 1}]), t:p(gen_tcp:send(C2, lists:duplicate(256, $x))), t:p(gen_tcp:recv(A2, 3, 5000)), gen_tcp:close(A2),
    %% Large ones.
    Big = binary:copy(<<"0123456789">>, 50000), {A3, C3} = pair([binary, {packet, 4}]), spawn_link(fun() -> ok = gen_tcp:send(A3, [<<(byte_size(Big)):32>>, Big]) end),
    t:p(gen_tcp:recv(C3, 0, 5000) =:= {ok, Big}), {A4, C4} = pair([binary]), spawn_link(fun() -> ok = gen_tcp:send(A4, Big) end),
    t:p(gen_tcp:recv(C4, byte_size(Big), 5000) =:= {ok, Big}), [gen_tcp:close(S) || S <- [A, C, C2, C3, C4]], ok.

%% The kind of packet changes while bytes are there.
changes() ->
    {A, C} = pair([binary, {packet, line}]), ok = gen_tcp:send(A, <<"first\n", 2, "ab", 0, 3, "cde", "rest">>), t:p(gen_tcp:recv(C, 0, 5000)),
    ok = inet:setopts(C, [{packet, 1}]), t:p(gen_tcp:recv(C, 0, 5000)), ok = inet:setopts(C, [{packet, 2}, list]), t:p(gen_tcp:recv(C, 0, 5000)),
    ok = inet:setopts(C, [{packet, raw}, {active, once}]), receive M1 -> t:p(show(M1, C)) after 5000 -> t:p(none) end,
    ok = inet:setopts(C, [{packet, http}]), ok = gen_tcp:send(A, "GET / HTTP/1.0\r\nDate: x\r\n\r\nabc"), ok = inet:setopts(C, [{active, 3}]),
    [receive M2 -> t:p(show(M2, C)) after 5000 -> t:p(none) end || _ <- [1, 2, 3, 4]], ok = inet:setopts(C, [{packet, raw}, binary]), t:p(gen_tcp:recv(C, 0, 5000)),
    gen_tcp:close(A), gen_tcp:close(C).
