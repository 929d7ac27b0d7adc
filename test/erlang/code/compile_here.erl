%% time: 20
%% OTP's own compiler at work: source text to code that runs.
-module(compile_here).
-export([main/0]).

main() ->
    Source = "-module(made_here). -export([f/1, g/2, h/1]). f(N) when N > 0 -> N * f(N - 1); f(0) -> 1. g(A, B) -> [X * Y || X <- A, Y <- B, X =/= Y]. h(<<L, B:L/binary, R/binary>>) -> {B, R}; h(#{k := V}) -> V.",
    {ok, Tokens, _} = erl_scan:string(Source),
    Forms = forms(Tokens, []),
    {ok, made_here, Beam} = compile:forms(Forms, [binary, deterministic]),
    {module, made_here} = erlang:load_module(made_here, Beam),
    t:p(made_here:f(20)), t:p(made_here:g([1, 2, 3], [2, 3])), t:p(made_here:h(<<2, "abc">>)), t:p(made_here:h(#{k => v})), t:e("clause", fun() -> made_here:f(-1) end),
    {ok, made_here, Warnings} = strip(compile:forms(Forms, [binary, to_core])), t:p(Warnings), {error, E, _} = compile:forms(forms_of("-module(bad). -export([f/0]). f() -> X."), [return]), t:p(E),
    {ok, {made_here, [{exports, Exports}]}} = beam_lib:chunks(Beam, [exports]), t:p(lists:sort(Exports)).

strip({ok, M, _}) -> {ok, M, core}.
forms_of(S) -> {ok, T, _} = erl_scan:string(S), forms(T, []).

forms([], []) -> [];
forms([{dot, _} = D | T], Acc) -> {ok, F} = erl_parse:parse_form(lists:reverse([D | Acc])), [F | forms(T, [])];
forms([X | T], Acc) -> forms(T, [X | Acc]).
