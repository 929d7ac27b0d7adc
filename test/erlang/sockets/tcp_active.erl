%% time: 60
-module(tcp_active).
-export([main/0]).

%% Active modes: once, counted, and what they do to each other; the end of a connection in each.
main() -> t:sockets(), process_flag(trap_exit, true), counts(), ends(), half_closed(), resets(), delivery().

pair(Options) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127,0,0,1}}, {active, false}, {packet, 1}]), {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127,0,0,1}, Port, [{active, false}, {packet, 1} | Options]),
    {ok, A} = gen_tcp:accept(L, 5000), gen_tcp:close(L), {A, C}.

%% Messages of C until N have come.
take(_, 0) -> [];
take(C, N) -> receive M when element(2, M) =:= C -> [list_to_tuple([socket(E, C) || E <- tuple_to_list(M)]) | take(C, N - 1)] after 5000 -> [nothing] end.
socket(C, C) -> socket;
socket(E, _) -> E.
rest() -> receive M -> [M | rest()] after 0 -> [] end.
active(C) -> {ok, [{active, X}]} = inet:getopts(C, [active]), X.

counts() ->
    {A, C} = pair([{active, 2}]), [ok = gen_tcp:send(A, [N]) || N <- "abcdef"],
    t:p(take(C, 3)), t:p(active(C)),
    ok = inet:setopts(C, [{active, 1}]), t:p(take(C, 2)),
    ok = inet:setopts(C, [{active, once}]), t:p(take(C, 1)), t:p(active(C)), t:p(gen_tcp:recv(C, 0, 5000)),
    ok = inet:setopts(C, [{active, 10}]), t:p(take(C, 1)), t:p(active(C)), ok = inet:setopts(C, [{active, 5}]), t:p(active(C)),
    ok = inet:setopts(C, [{active, -20}]), t:p(active(C)), t:p(take(C, 1)), t:p(inet:setopts(C, [{active, 40000}])), t:p(active(C)),
    ok = inet:setopts(C, [{active, 32767}]), t:p(inet:setopts(C, [{active, 1}])), t:p(active(C)), ok = inet:setopts(C, [{active, true}]), t:p(active(C)),
    ok = inet:setopts(C, [{active, false}]), ok = gen_tcp:send(A, "late"), t:p(gen_tcp:recv(C, 0, 5000)), ok = inet:setopts(C, [{active, 3}]),
    gen_tcp:close(A), t:p(take(C, 1)), t:p(erlang:port_info(C)), t:p(rest()).

ends() ->
    [begin {A, C} = pair([{active, false}, {exit_on_close, X} | O]), ok = gen_tcp:send(A, "x"), ok = gen_tcp:close(A), t:p({X, O, after_end(C, First, Second)}), gen_tcp:close(C) end
     || X <- [true, false], {O, First, Second} <- [{[{active, true}], 2, 0}, {[{active, once}], 1, 1}, {[{active, 1}], 2, 1}, {[{active, false}], 0, 1}]],
    t:p(rest()).

after_end(C, N1, N2) ->
    First = take(C, N1), inet:setopts(C, [{active, once}]), Second = take(C, N2),
    R = gen_tcp:recv(C, 0, 5000), R2 = gen_tcp:recv(C, 0, 5000), [First, Second, R, R2, erlang:port_info(C, name), prim_inet:getstatus(C)].

half_closed() ->
    {A, C} = pair([{active, true}, {exit_on_close, false}]),
    ok = gen_tcp:shutdown(A, write), t:p(take(C, 1)), ok = gen_tcp:send(C, "still"), t:p(gen_tcp:recv(A, 0, 5000)), t:p(gen_tcp:send(A, "no")), gen_tcp:close(C), t:p(gen_tcp:recv(A, 0, 5000)),
    {A1, C1} = pair([]), ok = gen_tcp:shutdown(A1, read_write), t:p(gen_tcp:recv(C1, 0, 5000)), t:p(gen_tcp:send(C1, "x")),
    {A2, C2} = pair([]), ok = gen_tcp:shutdown(C2, write), t:p(gen_tcp:send(C2, "x")), t:p(gen_tcp:send(C2, "x")), t:p(gen_tcp:recv(C2, 0, 5000)), gen_tcp:close(C2),
    {A3, C3} = pair([]), ok = gen_tcp:shutdown(C3, read), t:p(gen_tcp:recv(C3, 0, 5000)), t:p(element(1, element(2, catch gen_tcp:shutdown(C3, nonsense)))),
    [gen_tcp:close(S) || S <- [A, A1, C1, A2, A3, C3]], t:p(rest()).

resets() ->
    [begin
         {A, C} = pair([{show_econnreset, Show}, {active, Active}]), ok = inet:setopts(A, [{linger, {true, 0}}]), ok = gen_tcp:close(A),
         t:p({Show, Active, take(C, N), [gen_tcp:recv(C, 0, 5000) || Active =:= false], [gen_tcp:send(C, "x") || Active =:= false], [gen_tcp:recv(C, 0, 5000) || Active =:= false]}), gen_tcp:close(C)
     end || {Show, Active, N} <- [{true, true, 2}, {true, once, 2}, {true, false, 0}, {false, true, 1}, {false, once, 1}, {false, false, 0}]],
    %% Found out by sending.
    [begin
         {A, C} = pair([{show_econnreset, Show}]), ok = inet:setopts(A, [{linger, {true, 0}}]), ok = gen_tcp:close(A),
         t:p({Show, gen_tcp:send(C, "x"), gen_tcp:recv(C, 0, 5000), gen_tcp:recv(C, 0, 5000), gen_tcp:send(C, "x")}), gen_tcp:close(C)
     end || Show <- [true, false]], t:p(rest()).

delivery() ->
    {A, C} = pair([{deliver, port}, {active, true}, binary]), ok = gen_tcp:send(A, "ab"),
    receive {C, {data, D}} -> t:p(D) after 5000 -> t:p(none) end, gen_tcp:close(A), t:p(take(C, 1)),
    {A2, C2} = pair([]), M = erlang:monitor(port, A2), ok = gen_tcp:send(C2, "x"), exit(A2, boom), receive {'DOWN', M, port, A2, W} -> t:p(W) after 5000 -> t:p(none) end,
    receive {'EXIT', A2, W2} -> t:p(W2) after 5000 -> t:p(none) end, t:p(gen_tcp:recv(C2, 0, 5000)), gen_tcp:close(C2),
    {A3, C3} = pair([{active, true}]), true = erlang:port_close(A3), receive {'EXIT', A3, W3} -> t:p(W3) after 5000 -> t:p(none) end, t:p(take(C3, 1)), t:p(rest()).
