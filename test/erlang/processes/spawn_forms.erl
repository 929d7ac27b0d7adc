-module(spawn_forms).
-export([main/0, run/2]).

main() ->
    S = self(), process_flag(trap_exit, true),
    spawn(fun() -> S ! one end), t:p(next()), spawn(?MODULE, run, [S, two]), t:p(next()),
    P3 = spawn_link(?MODULE, run, [S, three]), t:p(next()), t:p(next() =:= {'EXIT', P3, normal}),
    P4 = spawn_link(fun() -> exit(bad) end), t:p(next() =:= {'EXIT', P4, bad}),
    {P5, R5} = spawn_monitor(fun() -> exit(oops) end), t:p(next() =:= {'DOWN', R5, process, P5, oops}),
    {P6, R6} = spawn_monitor(?MODULE, run, [S, six]), t:p(next()), t:p(next() =:= {'DOWN', R6, process, P6, normal}),
    P7 = spawn_opt(fun() -> S ! {opts, process_info(self(), priority), process_info(self(), [trap_exit, fullsweep_after])} end,
                   [{priority, high}, link, {fullsweep_after, 7}, {min_heap_size, 1000}]), t:p(next()), t:p(next() =:= {'EXIT', P7, normal}),
    {P8, R8} = spawn_opt(?MODULE, run, [S, eight], [monitor]), t:p(next()), t:p(next() =:= {'DOWN', R8, process, P8, normal}),
    {P9, R9} = spawn_opt(fun() -> exit(x) end, [{monitor, [{tag, mytag}]}]), t:p(next() =:= {mytag, R9, process, P9, x}),
    Req = spawn_request(?MODULE, run, [S, ten], [monitor]), t:p([strip(next(), Req), strip(next(), Req), strip(next(), Req)] =/= []),
    Req2 = spawn_request(fun() -> ok end, [{reply, error_only}]), t:p(is_reference(Req2)), t:p(nothing()),
    Req3 = spawn_request(?MODULE, run, [S, twelve], [{reply_tag, tagged}]), t:p(lists:sort([strip(next(), Req3), strip(next(), Req3)])),
    t:p(spawn_request_abandon(Req3)),
    t:e("spawn", fun() -> spawn(t:id(1)) end), t:e("spawn", fun() -> spawn(a, b, t:id(c)) end), t:e("spawn", fun() -> spawn(a, b, t:id([1 | 2])) end),
    t:e("spawn_opt", fun() -> spawn_opt(fun main/0, [bad]) end), t:e("spawn arity", fun() -> {_, R0} = spawn_monitor(fun(_) -> ok end), receive {_, R0, _, _, {{badarity, _}, _}} -> badarity end end),
    {P10, R10} = spawn_monitor(nosuch, f, []), receive {'DOWN', R10, process, P10, {undef, [{nosuch, f, [], []}]}} -> t:p(undef) end,
    t:p(is_process_alive(S)), t:p(is_process_alive(P3)), t:p(lists:member(S, processes())),
    t:p(length([receive {done, I} -> I end || I <- [begin spawn(fun() -> S ! {done, I} end), I end || I <- lists:seq(1, 1000)]])),
    t:p(element(2, process_info(spawn(fun() -> receive stop -> ok end end), current_function)) =/= x),
    process_flag(trap_exit, false), t:p(tree(8)), t:p(nothing()).

run(Pid, X) -> Pid ! X.

strip({Tag, _, R, P}, _) when is_pid(P), is_atom(R) -> {Tag, R};
strip({Tag, Req, P}, Req) when is_pid(P) -> {Tag, pid};
strip({Tag, Ref, process, P, Reason}, _) when is_pid(P), is_reference(Ref) -> {Tag, Reason};
strip(X, _) -> X.

next() -> receive X -> X after 5000 -> timeout end.
nothing() -> receive X -> X after 20 -> nothing end.

tree(0) -> 1;
tree(N) ->
    S = self(), Ps = [spawn_link(fun() -> S ! {self(), tree(N - 1)} end) || _ <- [l, r]],
    lists:sum([receive {P, X} -> X end || P <- Ps]).
