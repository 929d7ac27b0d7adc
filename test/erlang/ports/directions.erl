%% Programs behind ports of one direction and of both, with every way to hear of their end; and options that are refused.
-module(directions).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    [t:p({Directions ++ Ends, run(Program, Directions ++ Ends)})
     || Program <- ["echo hello; exit 3", "exec cat >/dev/null"], Directions <- [[], [in], [out], [in, out]],
        Program =/= "echo hello; exit 3" orelse Directions =/= [out], Ends <- [[], [exit_status], [eof], [exit_status, eof]]],
    [t:p({[out | Ends], run("exit 3", [out | Ends])}) || Ends <- [[], [exit_status], [eof], [exit_status, eof]]],
    [t:p({Name, Options, try open_port(Name, Options), ok catch error:E -> E end})
     || {Name, Options} <- [{{spawn, "true"}, [{env, [{"A=", "b"}]}]}, {{spawn, "true"}, [{env, [{"=A", "b"}]}]},
                            {{spawn, "true"}, [{env, [{"A", b}]}]}, {"/nonexisting/file", [in]}, {foo_nonexisting, [in]},
                            {{spawn, "true"}, [{packet, 3}]}, {{spawn, "true"}, [{packet, 1}, {line, 5}]},
                            {{spawn_executable, "/nonexisting/program"}, []}, {{spawn_driver, "nonexisting"}, []}]].

%% What comes before it is closed, and after. A port without input says nothing of the end: to write to it fails.
run(Program, Options) ->
    Port = open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", Program]} | Options]),
    HasInput = not lists:member(out, Options) orelse lists:member(in, Options),
    Ends = HasInput andalso Program =/= "exec cat >/dev/null",
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
