-module(scan_parse_eval).
-export([main/0]).

main() ->
    t:p(erl_scan:string("foo(X) -> [X | \"str\"], 'A b', $a, 16#FF, 1.5e3, <<1>>. % comment")), t:p(erl_scan:string("1 $", 1)), t:p(erl_scan:string("'unterminated")), t:p(erl_scan:tokens([], "a. ", 1)),
    [t:p(eval(S)) || S <- ["1 + 2 * 3.", "[X * X || X <- [1, 2, 3], X > 1].", "F = fun(0, _) -> 1; (N, G) -> N * G(N - 1, G) end, F(10, F).", "case {a, 1} of {a, N} when N > 0 -> {pos, N}; _ -> no end.", "lists:map(fun(X) -> X + 1 end, [1, 2]).",
        "try throw(x) catch throw:Y -> {caught, Y} end.", "M = #{a => 1}, M#{b => 2}.", "<<A:4, B:4>> = <<16#5A>>, {A, B}.", "begin X = 1, Y = X + 1, {X, Y} end.", "if 1 > 2 -> a; true -> b end.", "(fun Fact(0) -> 1; Fact(N) -> N * Fact(N - 1) end)(6).", "<< <<(X + 1)>> || <<X>> <= <<1, 2>> >>.", "self() =:= self().", "receive x -> 1 after 0 -> 2 end."]],
    [t:e(S, fun() -> eval(S) end) || S <- ["1 + a.", "{a, b} = {a, c}.", "unbound_fun(1).", "case 1 of 2 -> 3 end.", "X.", "if false -> 1 end."]], t:p(erl_parse:parse_exprs(tokens("a b."))), t:p(erl_parse:parse_term(tokens("{a, [1, \"x\"], #{}}."))),
    {ok, Form} = erl_parse:parse_form(tokens("f(X) when X > 0 -> {X, y}; f(_) -> none.")), t:p(Form), t:p(lists:flatten(erl_pp:form(Form))), {ok, Es} = erl_parse:parse_exprs(tokens("A = [1, {b, \"c\"}], fun(X) -> X + 1 end.")), t:p(lists:flatten(erl_pp:exprs(Es))), t:p(erl_parse:normalise(erl_parse:abstract({a, [1, 2.5], "s", <<"b">>, #{k => v}}))),
    t:p(erl_anno:line(element(2, Form))), t:p(lists:sort(erl_eval:bindings(element(3, erl_eval:exprs(parse("A = 1, B = 2."), erl_eval:new_bindings()))))).

tokens(S) -> {ok, T, _} = erl_scan:string(S), T.
parse(S) -> {ok, E} = erl_parse:parse_exprs(tokens(S)), E.
eval(S) -> {value, V, _} = erl_eval:exprs(parse(S), erl_eval:new_bindings()), V.
