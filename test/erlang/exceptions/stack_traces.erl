-module(stack_traces).
-export([main/0, spin/1]).

main() ->
    t:st("tail calls leave no frame", fun() -> tail1(t:id(x)) end),
    t:st("body calls do", fun() -> body1(t:id(x)) end),
    t:st("long", fun() -> recurse(20) end),
    t:st("through lists:foldl", fun() -> lists:foldl(fun(X, Acc) -> X + Acc end, t:id(a), [1, 2]) end),
    t:st("bif in tail position", fun() -> bif_tail(t:id({})) end),
    t:st("bif in body", fun() -> bif_body(t:id({})) end),
    t:st("external bif", fun() -> {list_to_integer(t:id("x"))} end),
    t:st("fun", fun() -> run(fun() -> exit(from_fun) end) end),
    t:st("error/3", fun() -> error(reason, [a1], [{error_info, #{cause => c}}]) end),
    t:st("error/2 none", fun() -> error(reason, none) end),
    try body1(t:id(y)) catch error:_:S1 -> t:p(length(t:frames(S1)) > 1) end,
    try error(first) catch _:_:S2 ->
        try error(second) catch _:_:S3 -> t:p({length(S2) > 0, t:frames(S3) =/= t:frames(S2)}) end
    end,
    {'EXIT', {caught, S4}} = (catch error(caught)), t:p(t:frames(S4)),
    try erlang:raise(error, kept, [{m, f, [1, 2], [{file, "x.erl"}, {line, 3}]}]) catch _:_:S5 -> t:p(S5) end,
    {_, S6} = erlang:process_info(self(), current_stacktrace),
    t:p([{M, F, A} || {M, F, A, _} <- t:frames(S6)]),
    t:p(old_depth()),
    {P, R} = spawn_monitor(fun() -> body1(t:id(in_process)) end),
    receive {'DOWN', R, process, P, {Reason, S7}} -> t:p({Reason, t:frames(S7)}) end,
    {P2, R2} = spawn_monitor(?MODULE, spin, [a]),
    receive {'DOWN', R2, process, P2, {Reason2, S8}} -> t:p({Reason2, t:frames(S8)}) end,
    {P3, R3} = spawn_monitor(?MODULE, nosuch, [1, 2]),
    receive {'DOWN', R3, process, P3, Reason3} -> t:p(Reason3) end,
    {P4, R4} = spawn_monitor(fun() -> throw(uncaught) end),
    receive {'DOWN', R4, process, P4, {Reason4, S9}} -> t:p({Reason4, t:frames(S9)}) end.

old_depth() ->
    Old = erlang:system_flag(backtrace_depth, 3),
    N = try recurse(20) catch _:_:S -> length(S) end,
    erlang:system_flag(backtrace_depth, Old),
    {Old, N}.

tail1(X) -> tail2(X).
tail2(X) -> tail3({X}).
tail3(X) -> atom_to_list(X).

body1(X) ->
    R = body2(X),
    [R].
body2(X) ->
    {body3(X), ok}.
body3(X) ->
    X * 2.

recurse(0) -> error(bottom);
recurse(N) -> [N | recurse(N - 1)].

bif_tail(T) -> element(3, T).
bif_body(T) -> {element(3, T)}.

run(F) ->
    F(),
    done.

spin(X) when is_integer(X) -> ok.
