%% Two versions of a module: a process stays in the old code until a fully qualified call; purge kills it else.
-module(hot_upgrade).
-export([main/0]).

main() ->
    V1 = compiled(1), V2 = compiled(2), V3 = compiled(3), load(V1), t:p(hot_module:version()), P = spawn(hot_module, loop, [self()]), P ! get, t:p(next()),
    F = hot_module:closure(), t:p(F()), load(V2), t:p(hot_module:version()), P ! get, t:p(next()), t:p(F()), t:p(erlang:check_old_code(hot_module)),
    t:p(erlang:check_process_code(P, hot_module)), t:p(erlang:check_process_code(self(), hot_module)), P ! upgrade, P ! get, t:p(next()), t:p(erlang:check_process_code(P, hot_module)),
    G = fun hot_module:version/0, t:p(G()), put(keep, F), Q = spawn(hot_module, loop, [self()]), R = monitor(process, Q), t:p(erase(keep) =:= F), t:p(erts_internal_purge()),
    load(V3), t:p(G()), P ! get, t:p(next()), t:p(erlang:module_loaded(hot_module)), erlang:demonitor(R), t:p(code_purge(hot_module)), t:p(erlang:delete_module(hot_module)), t:p(erlang:delete_module(hot_module_2)),
    t:p(erlang:module_loaded(hot_module)).

erts_internal_purge() -> code_purge(hot_module).

code_purge(M) -> case erlang:check_old_code(M) of true -> erts_code_purger:purge(M), ok; false -> none end.

load(Binary) -> code_purge(hot_module), {module, hot_module} = erlang:load_module(hot_module, Binary).

next() -> receive X -> X after 2000 -> timeout end.

compiled(V) ->
    {ok, hot_module, B} = compile:forms(forms(V), []), B.

forms(V) ->
    Text = "-module(hot_module). -export([version/0, loop/1, closure/0]). version() -> " ++ integer_to_list(V) ++ ". "
        "loop(P) -> receive get -> P ! " ++ integer_to_list(V) ++ ", loop(P); upgrade -> hot_module:loop(P) end. "
        "closure() -> fun() -> " ++ integer_to_list(10 + V) ++ " end.",
    {ok, Tokens, _} = erl_scan:string(Text), split(Tokens, []).

split([], []) -> [];
split([{dot, _} = D | T], Acc) -> {ok, F} = erl_parse:parse_form(lists:reverse([D | Acc])), [F | split(T, [])];
split([X | T], Acc) -> split(T, [X | Acc]).
