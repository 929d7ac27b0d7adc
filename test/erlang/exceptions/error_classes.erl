%% Every reason that instructions raise, with the stack trace down to here.
-module(error_classes).
-export([main/0, clause/2]).
-record(r, {a}).

main() ->
    t:st("badmatch", fun() -> {ok, X} = t:id({error, x}), X end),
    t:st("case_clause", fun() -> case t:id(3) of 1 -> a; 2 -> b end end),
    t:st("if_clause", fun() -> N = t:id(3), if N > 5 -> a; N < 0 -> b end end),
    t:st("try_clause", fun() -> try t:id(3) of 1 -> a catch _:_ -> b end end),
    t:st("function_clause", fun() -> clause(t:id(1), t:id("two")) end),
    t:st("local function_clause", fun() -> local(t:id(x)) end),
    t:st("fun function_clause", fun() -> (fun(a) -> b end)(t:id(1)) end),
    t:st("badfun", fun() -> F = t:id(notfun), F(1, 2) end),
    t:st("badarity", fun() -> F = t:id(fun ?MODULE:clause/2), F(1) end),
    t:st("undef", fun() -> ?MODULE:missing(t:id(1), 2) end),
    t:st("undef module", fun() -> nosuchmodule:f(t:id(1)) end),
    t:st("badarith", fun() -> t:id(a) + 1 end),
    t:st("badarg", fun() -> element(5, t:id({1})) end),
    t:st("badrecord", fun() -> (t:id({q}))#r.a end),
    t:st("badmap", fun() -> (t:id(x))#{a => 1} end),
    t:st("badkey", fun() -> (t:id(#{}))#{a := 1} end),
    t:st("system_limit", fun() -> t:id(1) bsl t:id(1 bsl 40) end),
    t:st("error/1", fun() -> error({my, reason}) end),
    t:st("error/2", fun() -> error(with_args, [1, 2]) end),
    t:st("exit/1", fun() -> exit(t:id(bye)) end),
    t:st("throw/1", fun() -> throw(t:id(ball)) end),
    t:st("nested", fun() -> level1(t:id(0)) end),
    t:st("bad generator", fun() -> [X || X <- t:id(7)] end),
    t:st("bad generator binary", fun() -> [X || <<X>> <= t:id(7)] end),
    t:st("timeout_value", fun() -> receive x -> ok after t:id(-1) -> no end end),
    t:st("andalso", fun() -> t:id(1) andalso true end),
    t:st("send", fun() -> t:id(nosuch_registered) ! hello end),
    t:st("binary", fun() -> <<(t:id(a))>> end),
    t:st("apply", fun() -> apply(t:id(lists), t:id(reverse), t:id([a, b, c])) end),
    t:st("lists", fun() -> lists:nth(t:id(5), [1]) end),
    t:st("callback", fun() -> lists:map(fun(X) -> 1 / X end, t:id([1, 0])) end).

clause(a, _) -> 1;
clause(b, []) -> 2.

local(a) -> 1;
local(b) -> 2.

level1(X) ->
    R = level2(X),
    [R].

level2(X) -> {level3(X)}.

level3(X) -> 1 div X.
