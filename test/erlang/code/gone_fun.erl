%% A fun whose code is gone while its module is there again: badfun, at once; what fun_info says of it.
-module(gone_fun).
-export([main/0]).

main() ->
    load(ok),
    Fun = gone_fun_made:f(),
    io:format("~p ~p~n", [Fun(), erlang:fun_info(Fun, name)]),
    true = erlang:delete_module(gone_fun_made),
    load(another),
    true = erlang:purge_module(gone_fun_made),
    Other = gone_fun_made:f(),
    io:format("~p~n", [Other()]),
    io:format("~p~n", [[erlang:fun_info(Fun, I) || I <- [name, arity, type, module, index]]]),
    io:format("~p~n", [try Fun() catch C:{badfun, F}:_ -> {C, F =:= Fun} end]).

load(Value) ->
    Forms = [{attribute, 1, module, gone_fun_made}, {attribute, 2, export, [{f, 0}]},
             {function, 3, f, 0, [{clause, 3, [], [], [{'fun', 3, {clauses, [{clause, 3, [], [], [{atom, 3, Value}]}]}}]}]}],
    {ok, Module, Binary} = compile:forms(Forms),
    {module, Module} = erlang:load_module(Module, Binary).
