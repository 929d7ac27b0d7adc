-module(message_order).
-export([main/0]).

main() ->
    S = self(), N = 2000,
    Ps = [spawn_link(fun() -> [S ! {self(), I} || I <- lists:seq(1, N)] end) || _ <- lists:seq(1, 8)],
    t:p(lists:sort(maps:values(collect(maps:from_keys(Ps, 0), 8 * N))) =:= lists:duplicate(8, N)),
    ring(100, 50), t:p(ping_pong(2000)),
    %% A signal never overtakes a message of the same sender.
    t:p(lists:usort([begin {P, R} = spawn_monitor(fun() -> S ! {msg, self()} end), {receive {msg, P} -> 1 end, receive {'DOWN', R, process, P, _} -> 2 end} end || _ <- lists:seq(1, 300)])),
    t:p(lists:usort([order(I) || I <- lists:seq(1, 300)])),
    Copy = spawn_link(fun() -> receive {From, T} -> From ! {copied, T} end end), Term = big_term(), Copy ! {S, Term}, t:p(receive {copied, T2} -> T2 =:= Term end),
    Sink = spawn_link(fun() -> (fun F(0) -> S ! sink_done; F(I) -> receive {x, _} -> F(I - 1) end end)(20000) end), [Sink ! {x, [I]} || I <- lists:seq(1, 20000)], t:p(receive sink_done -> done end).

collect(M, 0) -> M;
collect(M, N) ->
    receive {P, I} -> J = maps:get(P, M), I = J + 1, collect(M#{P := I}, N - 1) end.

order(_) ->
    S = self(),
    P = spawn(fun() -> link(S), S ! one, unlink(S), S ! two, exit(x) end),
    R = monitor(process, P),
    [receive X when X =:= one; X =:= two -> X end, receive Y when Y =:= one; Y =:= two -> Y end, receive {'DOWN', R, _, _, _} -> down end].

ring(Size, Rounds) ->
    S = self(), First = lists:foldl(fun(_, Next) -> spawn_link(fun() -> forward(Next) end) end, S, lists:seq(1, Size)),
    t:p(lists:sum([begin First ! {token, I}, receive {token, J} -> J end end || I <- lists:seq(1, Rounds)])), First ! stop, receive stop -> ok end.

forward(Next) -> receive {token, I} -> Next ! {token, I + 1}, forward(Next); stop -> Next ! stop end.

ping_pong(N) -> P = spawn_link(fun F() -> receive {From, I} -> From ! I + 1, F() end end), R = (fun L(0, A) -> A; L(I, A) -> P ! {self(), A}, receive B -> L(I - 1, B) end end)(N, 0), unlink(P), exit(P, kill), R.

big_term() -> {lists:seq(1, 1000), binary:copy(<<"x">>, 500), <<1, 2>>, #{a => [b, 1.5, 1 bsl 90]}, maps:from_list([{I, {I}} || I <- lists:seq(1, 100)]), fun main/0, self(), make_ref(), "text", <<5:3>>}.
