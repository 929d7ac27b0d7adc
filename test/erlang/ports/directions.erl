%% Programs behind ports of one direction and of both, with every way to hear of their end; and options that are refused.
%% Those that go on keep their output open: nothing tells of its end before the port is closed.
-module(directions).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    [t:p({ends, Directions ++ Ends, run("echo hello; exit 3", Directions ++ Ends, true)})
     || Directions <- [[], [in], [in, out]], Ends <- [[], [exit_status], [eof], [exit_status, eof]]],
    [t:p({ends, [out | Ends], run("true", [out | Ends], false)}) || Ends <- [[], [exit_status], [eof], [exit_status, eof]]],
    [t:p({goes_on, Directions ++ Ends, run(Program, Directions ++ Ends, false)})
     || {Directions, Program} <- [{[], "cat"}, {[in], "sleep 5"}, {[out], "cat"}, {[in, out], "cat"}],
        Ends <- [[], [exit_status], [eof], [exit_status, eof]]],
    [t:p({Name, Options, try open_port(Name, Options), ok catch error:E -> E end})
     || {Name, Options} <- [{{spawn, "true"}, [{env, [{"A=", "b"}]}]}, {{spawn, "true"}, [{env, [{"=A", "b"}]}]},
                            {{spawn, "true"}, [{env, [{"A", b}]}]}, {"/nonexisting/file", [in]}, {foo_nonexisting, [in]},
                            {{spawn, "true"}, [{packet, 3}]}, {{spawn, "true"}, [{packet, 1}, {line, 5}]},
                            {{spawn_executable, "/nonexisting/program"}, []}, {{spawn_driver, "nonexisting"}, []}]].

%% What comes before it is closed, and after. Nothing tells of the end of a program behind a port without input.
run(Program, Options, Ends) ->
    Command = if Ends -> Program; true -> "exec 3>&1; exec " ++ Program ++ " >/dev/null 2>&1" end,
    Port = open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", Command]} | Options]),
    Before = if Ends -> until_end(Port, Options); true -> [] end,
    Closed = (catch port_close(Port)),
    After = receive {'EXIT', Port, Reason} -> {exit, Reason} after 0 -> none end,
    {Before, case Closed of true -> true; {'EXIT', {E, _}} -> E end, After}.

until_end(Port, Options) ->
    receive
        {Port, {data, Data}} -> [Data | until_end(Port, Options)];
        {Port, {exit_status, N}} -> [{exit_status, N} | until_end(Port, Options)];
        {Port, eof} -> [eof];
        {'EXIT', Port, Reason} -> [{exit, Reason}]
    after 10000 -> [nothing]
    end.
