%% What load_nif says to libraries that do not fit.
-module(wrong_test).
-export([main/0]).

main() ->
    {ok, wrong, Code} = compile:file("wrong.erl", [binary]),
    {ok, wrong, Other} = compile:file("wrong.erl", [binary, debug_info]),
    Fresh = fun() -> code:purge(wrong), code:delete(wrong), code:purge(wrong), {module, wrong} = code:load_binary(wrong, "wrong.erl", Code) end,
    Load = fun(Name, Info) -> show(Name, catch_(fun() -> wrong:load("./wrong_" ++ Name, Info) end)), show(call, wrong:f(1)) end,
    Again = fun(Name, Info) -> code:purge(wrong), {module, wrong} = code:load_binary(wrong, "wrong.erl", Other), Load(Name, Info) end,
    [begin Fresh(), Load(Name, 0) end || Name <- ["no_init", "null", "name", "new", "newer", "old", "variant", "missing", "flags", "twice", "undeclared", "no_such_file", "unlinked", "ok"]],
    Load("ok", 0),
    Again("ok", 0),
    Fresh(), Load("ok", 3),
    Fresh(), Load("upgrade", 0), Again("upgrade", 4),
    Fresh(), Load("upgrade", 0), Again("upgrade", 0),
    show(not_a_name, catch_(fun() -> wrong:load(foo, 0) end)),
    show(old_functions, {catch_(fun() -> wrong:h(1) end), wrong:module_info(nifs)}),
    Fresh(),
    Self = self(),
    Old = spawn(fun() -> wrong:loop(Self) end),
    {module, wrong} = code:load_binary(wrong, "wrong.erl", Other),
    Old ! go,
    show(old_code, receive A -> A end).

catch_(F) -> try F() catch C:R:S -> {M, N, A, _} = hd(S), {C, R, M, N, A} end.
show(What, Result) -> io:format("~p: ~p~n", [What, Result]).
