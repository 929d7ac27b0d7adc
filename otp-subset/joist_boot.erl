%% joist_boot -- the small boot: runs one function with a group leader of joist's own, no kernel processes.
%% The VM starts start/1 as the first process.
-module(joist_boot).
-export([start/1, run/3, stop/3, error_report/0, log/2]).

%% {Module, Function | default, [Argument], Folder}: arguments are strings, joist lies in Folder. Ends the VM with 0, or 1
%% if the function failed.
start({Module, Function, Arguments, Folder}) ->
    register(init, self()),
    put(bindir, Folder),
    Encoding = case atom_to_list(Module) of
                   "Elixir." ++ _ -> unicode;
                   _ -> latin1
               end,
    User = spawn(joist_io, start, [Encoding]),
    register(user, User),
    %% Only functions of the VM's own here, none that OTP writes in Erlang: a short program shall not have to load
    %% the module erlang.
    true = erts_internal:group_leader(User, self()),
    register(standard_error, spawn(joist_io, start_error, [Encoding])),
    Logger = spawn(?MODULE, error_report, []),
    register(logger, Logger),
    %% What OTP's library modules expect of a running system: configuration (none), and the purger of old code
    %% with the collector of its literals.
    ets:new(ac_tab, [set, public, named_table, {read_concurrency, true}]),
    spawn(erts_code_purger, start, []),
    spawn(erts_literal_area_collector, start, []),
    configure_logger(),
    {Main, Ref} = spawn_opt(?MODULE, run, [Module, Function, Arguments], [monitor]),
    wait(Main, Ref, User, Logger).

wait(Main, Ref, User, Logger) ->
    receive
        {'DOWN', Ref, process, Main, Reason} ->
            %% This process goes on answering: writing the last reports may ask it things.
            spawn(?MODULE, stop, [status(Reason), User, Logger]),
            wait(none, none, User, Logger);
        {stop, How} ->
            Status = case How of
                         {stop, S} -> S;
                         _ -> 0
                     end,
            spawn(?MODULE, stop, [Status, User, Logger]),
            wait(none, none, User, Logger);
        {From, Request} when is_pid(From) ->
            %% What init.erl's functions ask of the process called init.
            case init_answer(Request) of
                none -> ok;
                Answer -> From ! {init, Answer}
            end,
            wait(Main, Ref, User, Logger);
        _ -> wait(Main, Ref, User, Logger)
    end.

status(normal) -> 0;
status({joist_no_function, Text}) ->
    joist:write(2, [<<"joist: ">>, Text, $\n]),
    2;
status(_) -> 1.

init_answer({get_argument, bindir}) -> {ok, [[get(bindir)]]};
init_answer({get_argument, _}) -> error;
init_answer(get_arguments) -> [];
init_answer(get_plain_arguments) -> [];
init_answer(get_status) -> {started, started};
init_answer(script_id) -> {"joist", ""};
init_answer({notify_when_started, _}) -> started;
init_answer(_) -> none.

run(Module, Function, Arguments) ->
    joist_on_load:ensure(Module),
    run_loaded(Module, Function, Arguments).

run_loaded(Module, default, Arguments) ->
    case {erlang:function_exported(Module, main, 1), erlang:function_exported(Module, start, 0)} of
        {true, _} -> Module:main(Arguments);
        {false, true} -> Module:start();
        {false, false} ->
            case erlang:function_exported(Module, main, 0) of
                true -> Module:main();
                false -> no_function(Module, "main/1 nor start/0")
            end
    end;
run_loaded(Module, Function, Arguments) ->
    case {Arguments, erlang:function_exported(Module, Function, 1), erlang:function_exported(Module, Function, 0)} of
        {[], _, true} -> Module:Function();
        {_, true, _} -> Module:Function(Arguments);
        {_, false, true} -> Module:Function();
        {_, false, false} -> no_function(Module, [atom_to_list(Function), "/0 nor ", atom_to_list(Function), "/1"])
    end.

no_function(Module, Names) ->
    exit({joist_no_function, iolist_to_binary(["module ", atom_to_list(Module), " exports neither ", Names])}).

%% Everything printed so far reaches its destination first.
stop(Status, User, Logger) ->
    sync(Logger),
    sync(User),
    halt(Status, []).

sync(Pid) ->
    Ref = monitor(process, Pid),
    Pid ! {sync, self(), Ref},
    receive
        {synced, Ref} -> demonitor(Ref, [flush]);
        {'DOWN', Ref, _, _, _} -> ok
    end.

%% What logger's functions look up: level notice, one handler, this module.
configure_logger() ->
    ets:new(logger, [set, protected, named_table, {read_concurrency, true}]),
    Handler = #{id => joist, module => ?MODULE, level => all, filters => [], filter_default => log},
    ets:insert(logger, [{'$primary_config$', #{level => notice, filters => [], filter_default => log,
                                               metadata => #{}, handlers => [joist]}},
                        {{'$handler_config$', joist}, Handler}]),
    persistent_term:put({logger_config, {'$handler_config$', joist}}, 10).

%% The handler: log events as text on standard error.
log(Event, _Config) ->
    Text = logger_formatter:format(Event, #{legacy_header => true, single_line => false}),
    joist:write(2, unicode:characters_to_binary(Text)).

%% Stands in for the logger process: crash reports of the VM, worded as erl's, on standard error.
error_report() ->
    receive
        {log, Level, Format, Args, Meta} ->
            catch report(Level, Format, Args, Meta),
            error_report();
        {sync, From, Ref} ->
            From ! {synced, Ref},
            error_report();
        _ ->
            error_report()
    end.

report(Level, Format, Args, Meta) ->
    Title = case Level of
                error -> "ERROR REPORT";
                warning -> "WARNING REPORT";
                _ -> "INFO REPORT"
            end,
    Time = maps:get(time, Meta, os:system_time(microsecond)),
    Text = ["=", Title, "==== ", timestamp(Time), " ===\n", io_lib:format(Format, Args)],
    joist:write(2, unicode:characters_to_binary(ensure_newline(lists:flatten(Text)))).

ensure_newline(Text) ->
    case lists:suffix("\n", Text) of
        true -> Text;
        false -> Text ++ "\n"
    end.

timestamp(Micro) ->
    Seconds = Micro div 1000000,
    {{Y, Mo, D}, {H, Mi, S}} =
        erlang:universaltime_to_localtime(erlang:posixtime_to_universaltime(Seconds)),
    Month = element(Mo, {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}),
    io_lib:format("~w-~s-~w::~2..0w:~2..0w:~2..0w.~6..0w", [D, Month, Y, H, Mi, S, Micro rem 1000000]).
