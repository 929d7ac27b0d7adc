%% joist_on_load -- on_load functions in the small boot, where there is no code server.
%% A module that was loaded because someone called it keeps out of reach until its on_load function, run in a process
%% of its own, has returned ok.
-module(joist_on_load).
-export([call/3, ensure/1]).

%% The engine calls this for Module:Function(Arguments...) while Module waits for its on_load function.
call(Module, Function, Arguments) ->
    case ensure(Module) of
        true -> apply(Module, Function, Arguments);
        false -> erlang:raise(error, undef, [{Module, Function, Arguments, []}])
    end.

%% Runs the on_load function if it has not run. Is the module of use now?
ensure(Module) ->
    Name = list_to_atom("joist_on_load " ++ atom_to_list(Module)),
    case erlang:module_loaded(Module) orelse whereis(Name) =:= self() of
        true -> erlang:module_loaded(Module);
        false ->
            {_, Ref} = spawn_monitor(fun() -> run(Module, Name) end),
            receive {'DOWN', Ref, process, _, _} -> erlang:module_loaded(Module) end
    end.

%% One process at a time does it, others wait for that one.
run(Module, Name) ->
    try register(Name, self()) of
        true -> finish(Module, erlang:module_loaded(Module))
    catch
        error:badarg ->
            Ref = monitor(process, Name),
            receive {'DOWN', Ref, process, _, _} -> ok end
    end.

finish(_Module, true) -> ok;
finish(Module, false) ->
    case catch erlang:call_on_load_function(Module) of
        ok -> erlang:finish_after_on_load(Module, true);
        Result ->
            erlang:finish_after_on_load(Module, false),
            erts_internal:purge_module(Module, complete),
            whereis(logger) =:= undefined orelse
                (logger ! {log, warning, "The on_load function for module ~s returned:~n~P~n", [Module, Result, 10], #{}})
    end.
