%% erlang:delete_module/1 of modules that are gone already.
-module(deleted_modules).
-export([main/0]).

main() ->
    t:p(erlang:delete_module(never_loaded)),
    {ok, M, Code} = compile:forms([{attribute, 1, module, comes_and_goes}]),
    {module, M} = erlang:load_module(M, Code),
    t:p(erlang:delete_module(M)),
    Logger = erlang:system_flag(system_logger, self()),
    t:e(twice, fun() -> erlang:delete_module(M) end),
    receive {log, error, Format, Arguments, #{error_logger := Kind}} -> t:p({Format, Arguments, Kind}) end,
    erlang:system_flag(system_logger, Logger),
    t:p(erlang:purge_module(M)),
    t:p([erlang:delete_module(M), erlang:check_old_code(M), erlang:module_loaded(M)]),
    t:e(no_code, fun() -> erlang:purge_module(M) end).
