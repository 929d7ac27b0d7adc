-module(tcp_load).
-export([main/0]).
%% time: 60

%% Many connections at once, an echo of large amounts in pieces of all sizes, short connections one after another.
main() ->
    t:sockets(),
    {ok, L} = gen_tcp:listen(0, [binary, {ip, {127,0,0,1}}, {active, false}, {backlog, 500}]), {ok, Port} = inet:port(L),
    Acceptors = [spawn_link(fun() -> accept(L) end) || _ <- lists:seq(1, 4)],
    Self = self(),
    Modes = [passive, active, once, count],
    Clients = [spawn_monitor(fun() -> client(lists:nth(N rem 4 + 1, Modes), Port, N) end) || N <- lists:seq(1, 60)],
    t:p(lists:usort([receive {'DOWN', R, _, _, Why} -> Why end || {_, R} <- Clients])),
    [spawn_link(fun() -> [short(Port, N) || N <- lists:seq(1, 40)], Self ! short end) || _ <- lists:seq(1, 8)],
    t:p([receive short -> short end || _ <- lists:seq(1, 8)]),
    [begin unlink(A), exit(A, kill) end || A <- Acceptors], gen_tcp:close(L),
    t:wait_until(fun() -> [P || P <- erlang:ports(), erlang:port_info(P, name) =:= {name, "tcp_inet"}] =:= [] end),
    t:p([P || P <- erlang:ports(), erlang:port_info(P, name) =:= {name, "tcp_inet"}]).

accept(L) ->
    {ok, S} = gen_tcp:accept(L),
    P = spawn(fun() -> receive go -> echo(S) end end), ok = gen_tcp:controlling_process(S, P), P ! go,
    accept(L).
echo(S) -> case gen_tcp:recv(S, 0) of {ok, D} -> ok = gen_tcp:send(S, D), echo(S); {error, closed} -> gen_tcp:close(S) end.

short(Port, N) ->
    {ok, S} = gen_tcp:connect({127,0,0,1}, Port, [binary, {active, false}]), Data = integer_to_binary(N),
    ok = gen_tcp:send(S, Data), {ok, Data} = gen_tcp:recv(S, byte_size(Data), 30000), ok = gen_tcp:close(S).

%% A sender and a receiver; what comes back must be what was sent.
client(Mode, Port, N) ->
    {ok, S} = gen_tcp:connect({127,0,0,1}, Port, [binary, {active, Mode =:= active}, {nodelay, N rem 2 =:= 0}]),
    Pieces = [binary:copy(<<(N + I)>>, 1 + (I * I * 37 + N) rem 9000) || I <- lists:seq(1, 60)],
    Sender = spawn_link(fun() -> [ok = gen_tcp:send(S, P) || P <- Pieces] end),
    case Mode of once -> inet:setopts(S, [{active, once}]); count -> inet:setopts(S, [{active, 3}]); _ -> ok end,
    Crc = receive_all(Mode, S, iolist_size(Pieces), erlang:crc32(<<>>)),
    Crc = erlang:crc32(Pieces), unlink(Sender), ok = gen_tcp:close(S).

receive_all(_, _, 0, Crc) -> Crc;
receive_all(passive, S, Left, Crc) -> {ok, D} = gen_tcp:recv(S, 0, 60000), receive_all(passive, S, Left - byte_size(D), erlang:crc32(Crc, D));
receive_all(Mode, S, Left, Crc) ->
    receive
        {tcp, S, D} when Mode =:= once -> inet:setopts(S, [{active, once}]), receive_all(Mode, S, Left - byte_size(D), erlang:crc32(Crc, D));
        {tcp, S, D} -> receive_all(Mode, S, Left - byte_size(D), erlang:crc32(Crc, D));
        {tcp_passive, S} -> inet:setopts(S, [{active, 3}]), receive_all(Mode, S, Left, Crc);
        Other -> exit(Other)
    end.
