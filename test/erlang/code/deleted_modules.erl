%% erlang:delete_module/1 of modules that are gone already.
-module(deleted_modules).
-export([main/0]).

main() ->
    t:p(erlang:delete_module(never_loaded)),
    {ok, M, Code} = compile:forms([{attribute, 1, module, comes_and_goes}]),
    {module, M} = erlang:load_module(M, Code),
    t:p(erlang:delete_module(M)),
    t:e(twice, fun() -> erlang:delete_module(M) end),
    t:p(erlang:purge_module(M)),
    t:p([erlang:delete_module(M), erlang:check_old_code(M), erlang:module_loaded(M)]),
    t:e(no_code, fun() -> erlang:purge_module(M) end).
