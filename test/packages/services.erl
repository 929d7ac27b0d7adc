%% OTP's servers and clients, talking to each other: HTTP, TLS, SSH with a shell's command and with files.
-module(services).
-export([main/0]).

main() ->
    [{ok, _} = application:ensure_all_started(A) || A <- [inets, ssl, ssh]],
    http(),
    [tls(Version) || Version <- ['tlsv1.2', 'tlsv1.3']],
    ssh(),
    ok.

http() ->
    ok = file:make_dir("www"),
    ok = file:write_file("www/page.txt", lists:duplicate(100000, $x)),
    {ok, Server} = inets:start(httpd, [{port, 0}, {server_root, "."}, {document_root, "www"}, {server_name, "x"}, {bind_address, {127, 0, 0, 1}}]),
    [{port, Port}] = httpd:info(Server, [port]),
    Get = fun(Path) ->
        {ok, {Status, Headers, Body}} = httpc:request("http://127.0.0.1:" ++ integer_to_list(Port) ++ Path),
        {Status, proplists:get_value("content-length", Headers), erlang:md5(Body)}
    end,
    io:format("~p~n~p~n", [lists:usort([Get("/page.txt") || _ <- lists:seq(1, 50)]), Get("/nothing")]),
    ok = inets:stop(httpd, Server).

tls(Version) ->
    Key = {key, {rsa, 2048, 65537}},
    Chain = #{root => [Key], intermediates => [], peer => [Key]},
    #{server_config := Server, client_config := Client} = public_key:pkix_test_data(#{server_chain => Chain, client_chain => Chain}),
    {ok, Listening} = ssl:listen(0, [{active, false}, binary, {versions, [Version]} | Server]),
    {ok, {_, Port}} = ssl:sockname(Listening),
    spawn_link(fun() ->
        {ok, Accepted} = ssl:transport_accept(Listening),
        {ok, S} = ssl:handshake(Accepted),
        {ok, Hello} = ssl:recv(S, 11),
        ok = ssl:send(S, [Hello, binary:copy(<<7>>, 1000000)]),
        ssl:close(S)
    end),
    {ok, C} = ssl:connect("localhost", Port, [binary, {active, false}, {versions, [Version]}, {verify, verify_none} | Client]),
    ok = ssl:send(C, "hello world"),
    {ok, Answer} = ssl:recv(C, 1000011),
    io:format("~p~n", [{ssl:connection_information(C, [protocol]), erlang:md5(Answer), ssl:recv(C, 1)}]).

ssh() ->
    ok = file:make_dir("keys"),
    Key = public_key:generate_key({rsa, 2048, 65537}),
    ok = file:write_file("keys/ssh_host_rsa_key", public_key:pem_encode([public_key:pem_entry_encode('RSAPrivateKey', Key)])),
    {ok, Daemon} = ssh:daemon({127, 0, 0, 1}, 0, [{system_dir, "keys"}, {user_passwords, [{"user", "secret"}]}, {subsystems, [ssh_sftpd:subsystem_spec([])]}]),
    {ok, Info} = ssh:daemon_info(Daemon),
    Connect = fun(Password) ->
        ssh:connect("127.0.0.1", proplists:get_value(port, Info),
                    [{user, "user"}, {password, Password}, {silently_accept_hosts, true}, {user_dir, "keys"}, {save_accepted_host, false}, {user_interaction, false}])
    end,
    io:format("~p~n", [Connect("wrong")]),
    {ok, Connection} = Connect("secret"),
    {ok, Channel} = ssh_connection:session_channel(Connection, 5000),
    success = ssh_connection:exec(Connection, Channel, "lists:sum(lists:seq(1, 100)).", 5000),
    io:format("~p~n", [events([])]),
    {ok, Files} = ssh_sftp:start_channel(Connection),
    ok = ssh_sftp:write_file(Files, "there", binary:copy(<<"data">>, 250000)),
    {ok, Back} = ssh_sftp:read_file(Files, "there"),
    {ok, Names} = ssh_sftp:list_dir(Files, "."),
    io:format("~p ~p~n", [erlang:md5(Back), lists:sort(Names)]),
    ssh:close(Connection).

events(Events) ->
    receive
        {ssh_cm, _, {closed, _}} -> lists:reverse(Events);
        {ssh_cm, _, Event} -> events([setelement(2, Event, channel) | Events])
    after 20000 -> {timeout, Events}
    end.
