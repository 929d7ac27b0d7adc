-module(receive_forms).
-export([main/0]).

main() ->
    Self = self(),
    [self() ! X || X <- [{a, 1}, {b, 2}, {c, 3}, {a, 4}, x, 5]],
    t:p(receive {c, C} -> C end), t:p(receive {a, A} -> A end), t:p(receive N when is_integer(N) -> N end), t:p(drain()),
    t:p(receive x -> got after 0 -> empty end), self() ! x, t:p(receive x -> got after 0 -> empty end),
    t:p(receive never -> x after 20 -> timeout end), self() ! other, t:p(receive never -> x after 20 -> timeout end), t:p(drain()),
    t:p(receive after 10 -> slept end), t:p(receive after t:id(0) -> now end),
    spawn(fun() -> receive after 30 -> Self ! late end end), t:p(receive late -> arrived after 5000 -> timeout end),
    spawn(fun() -> receive after 10 -> Self ! inf end end), t:p(receive inf -> arrived after infinity -> never end),
    spawn(fun() -> [Self ! {noise, I} || I <- lists:seq(1, 100)], Self ! signal end), t:p(receive signal -> found end), t:p(length(drain())),
    t:e("bad timeout", fun() -> receive x -> y after t:id(a) -> z end end), t:e("bad timeout", fun() -> receive x -> y after t:id(1 bsl 33) -> z end end),
    t:e("bad timeout", fun() -> receive x -> y after t:id(1.5) -> z end end),
    self() ! kept, t:e("exception in body", fun() -> receive kept -> error(in_body) end end), t:p(drain()),
    self() ! {big, lists:seq(1, 10000), binary:copy(<<"x">>, 1000)}, receive {big, L, B} -> t:p({length(L), byte_size(B)}) end,
    P = echo(), t:p([call(P, I) || I <- lists:seq(1, 5)]), [self() ! {junk, I} || I <- lists:seq(1, 1000)],
    t:p(lists:sum([call(P, I) || I <- lists:seq(1, 100)])), t:p(length(drain())), P ! stop,
    t:p(nested()), t:p(state_loop(0, 1000)), t:p(guarded_receive(5)), [self() ! I || I <- [1, 2, 3, 4, 5, 6]], t:p(in_order([])), t:p(drain()),
    t:p(element(2, process_info(self(), message_queue_len))), self() ! a, self() ! b,
    t:p([process_info(self(), message_queue_len), process_info(self(), messages)]), t:p(self() ! returned), t:p(length(drain())),
    t:p(flush_until_quiet()).

drain() -> receive X -> [X | drain()] after 0 -> [] end.

echo() -> spawn(fun Loop() -> receive {From, Ref, X} -> From ! {Ref, X * 2}, Loop(); stop -> ok end end).

call(P, X) ->
    Ref = make_ref(),
    P ! {self(), Ref, X},
    receive {Ref, Y} -> Y after 5000 -> timeout end.

nested() ->
    self() ! first, self() ! second, self() ! third,
    receive second -> receive third -> receive first -> nested_ok end end end.

state_loop(S, 0) -> S;
state_loop(S, N) -> self() ! {add, N}, receive {add, I} -> state_loop(S + I, N - 1) end.

guarded_receive(N) ->
    self() ! 3, self() ! 7,
    R = receive X when X > N -> X end, receive 3 -> {R, 3} end.

in_order(Acc) when length(Acc) =:= 3 -> lists:reverse(Acc);
in_order(Acc) -> receive X when X rem 2 =:= 0 -> in_order([X | Acc]) end.

flush_until_quiet() ->
    S = self(), spawn(fun() -> [begin S ! tick, receive after 1 -> ok end end || _ <- [1, 2, 3]], S ! quiet end),
    (fun F(N) -> receive tick -> F(N + 1); quiet -> N end end)(0).
