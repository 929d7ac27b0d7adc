%% ejabberd, Debian's: it starts with its web pages, someone registers, logs in and writes to himself, it stops.
-module(ejabberd_session).
-export([main/0]).

main() ->
    [Chat, Web] = [free_port(), free_port()],
    ok = file:write_file("ejabberd.yml", io_lib:format(
        "hosts: [localhost]~nloglevel: none~nlisten:~n"
        " - {port: ~w, ip: \"127.0.0.1\", module: ejabberd_c2s}~n"
        " - {port: ~w, ip: \"127.0.0.1\", module: ejabberd_http, request_handlers: {/admin: ejabberd_web_admin}}~n"
        "modules: {mod_roster: {}, mod_disco: {}, mod_ping: {}, mod_offline: {}, mod_register: {}}~n", [Chat, Web])),
    os:putenv("EJABBERD_CONFIG_PATH", "ejabberd.yml"),
    os:putenv("EJABBERD_LOG_PATH", "ejabberd.log"),
    application:set_env(mnesia, dir, "database"),
    {ok, Started} = application:ensure_all_started(ejabberd),
    show(started, Started),
    {ok, S} = gen_tcp:connect("127.0.0.1", Chat, [binary, {active, false}]),
    Open = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>",
    show(features, tail(exchange(S, Open, "</stream:features>"), "<stream:features")),
    show(registered, exchange(S, "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>ann</username><password>p</password></query></iq>", ">")),
    show(wrong, exchange(S, ["<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>", base64:encode("\0ann\0q"), "</auth>"], "</failure>")),
    show(right, exchange(S, ["<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>", base64:encode("\0ann\0p"), "</auth>"], ">")),
    exchange(S, Open, "</stream:features>"),
    show(bound, exchange(S, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>desk</resource></bind></iq>", "</iq>")),
    Message = exchange(S, "<message to='ann@localhost/desk' type='chat'><body>hello myself</body></message>", "</message>"),
    show(message, re:run(Message, "<body>.*</body>", [{capture, first, binary}])),
    gen_tcp:close(S),
    {ok, W} = gen_tcp:connect("127.0.0.1", Web, [binary, {active, false}]),
    show(page, hd(binary:split(exchange(W, "GET /admin/ HTTP/1.0\r\n\r\n", "\r\n\r\n"), <<"\r\n">>))),
    show(stopped, application:stop(ejabberd)).

show(What, Value) -> io:format("~p: ~0p~n", [What, Value]).

free_port() ->
    {ok, S} = gen_tcp:listen(0, []),
    {ok, Port} = inet:port(S),
    gen_tcp:close(S),
    Port.

%% What comes after `Request` up to `End`.
exchange(Socket, Request, End) -> ok = gen_tcp:send(Socket, Request), read(Socket, list_to_binary(End), <<>>).
read(Socket, End, Got) ->
    case binary:match(Got, End) of
        nomatch -> {ok, More} = gen_tcp:recv(Socket, 0, 20000), read(Socket, End, <<Got/binary, More/binary>>);
        _ -> Got
    end.
tail(Text, From) -> {At, _} = binary:match(Text, list_to_binary(From)), binary_part(Text, At, byte_size(Text) - At).
