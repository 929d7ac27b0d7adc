-module(programs).
-export([main/0]).

%% Programs as ports: {spawn, Command} and {spawn_executable, File} with every option.
run(Command, Options) -> run({spawn, Command}, Options, "").

run(Name, Options, Input) ->
    P = open_port(Name, Options), Input =/= "" andalso port_command(P, Input),
    R = collect(P, []), catch port_close(P), after_close(P), R.

collect(P, Acc) ->
    receive
        {P, {data, D}} when is_binary(D) -> collect(P, [D | Acc]);
        {P, {data, [X | _] = D}} when is_integer(X) -> collect(P, [list_to_binary(D) | Acc]);
        {P, {data, D}} -> collect(P, [{line, D} | Acc]);
        {P, eof} -> done([eof | Acc]);
        {P, X} -> collect(P, [X | Acc]);
        {'EXIT', P, X} -> done([{'EXIT', X} | Acc])
    after 5000 -> lists:reverse([timeout | Acc])
    end.

%% Data comes in pieces that nobody decides.
done(Acc) -> join(lists:reverse(Acc)).
join([A, B | T]) when is_binary(A), is_binary(B) -> join([<<A/binary, B/binary>> | T]);
join([H | T]) -> [H | join(T)];
join([]) -> [].

after_close(P) -> receive {'EXIT', P, _} -> ok after 0 -> ok end.

main() ->
    process_flag(trap_exit, true),
    t:p(run("echo hello", [])), t:p(run("echo hello", [binary, exit_status])), t:p(run("echo hello", [eof])),
    t:p(run("echo hello", [eof, exit_status])), t:p(run("sh -c 'exit 7'", [exit_status])), t:p(run("sh -c 'kill -9 $$'", [exit_status])),
    t:p(run("sh -c 'echo out; echo err >&2; exit 3'", [stderr_to_stdout, exit_status])),
    t:p(run("nonsense_that_is_no_program 2>/dev/null", [exit_status])),
    t:p(run("sh -c 'exec >&-; sleep 0.1; exit 4'", [exit_status])), t:p(run("sh -c 'sleep 0.1 & exit 5'", [exit_status, eof])),
    %% Framing.
    t:p(run("printf 'abcdefghij\\n\\nabcd\\nabcde\\nab'", [{line, 4}])), t:p(run("printf 'x\\ny'", [{line, 100}, binary, eof])),
    [t:p(run("printf 'abc\\ndef'", O)) || O <- [[line], [line, stream], [{line, 2}, line], [line, {line, 2}]]], t:p([catch element(1, element(2, catch open_port({spawn, "true"}, O))) || O <- [[line, {packet, 2}], [{packet, 2}, line]]]),
    t:p(run("sh -c \"printf abc; sleep 0.1; printf '\\nde'; sleep 0.1; printf '\\n'\"", [{line, 3}])),
    t:p(run("printf '\\0\\3abc\\0\\0\\0\\1d\\0\\5ab'", [{packet, 2}, exit_status])), t:p(run("printf '\\4'", [{packet, 1}])), t:p(run("printf '\\0\\0\\0\\1x'", [{packet, 4}, binary])),
    %% Files, arguments, environment, folders.
    t:p(run({spawn_executable, "/bin/sh"}, [{args, ["-c", "echo $0 $1-$2", "a", "b c", <<"d">>]}], "")),
    t:p(run({spawn_executable, "/bin/sh"}, [{args, ["-c", "tr '\\0' , </proc/$$/cmdline; exit 1"]}, {arg0, "zero"}, exit_status], "")),
    t:p(run({spawn_executable, <<"/bin/echo">>}, [{args, []}], "")), t:p(run({spawn_executable, "/bin/echo"}, [exit_status], "")),
    t:p(run("sh -c 'echo $A-$B-$HOME-$C'", [{env, [{"A", "1"}, {"B", ""}, {"HOME", false}, {"C", "\x{e5}"}]}])),
    t:p(run("pwd", [{cd, "/usr"}])), t:p(run("sh -c 'exit 0'", [{cd, "/nonexistent"}, exit_status])),
    %% Both directions.
    Cat = open_port({spawn, "cat"}, [binary]), port_command(Cat, ["a", [<<"b">>, $c]]), t:p(receive {Cat, X1} -> X1 end),
    Cat ! {self(), {command, "xyz"}}, t:p(receive {Cat, X2} -> X2 end), t:p([erlang:port_info(Cat, input), erlang:port_info(Cat, output)]),
    {os_pid, Os} = erlang:port_info(Cat, os_pid), t:p(is_integer(Os)), Cat ! {self(), close}, t:p([receive {'EXIT', Cat, Y} -> Y end, receive {Cat, Z} -> Z end]),
    Big = binary:copy(<<"0123456789abcdef">>, 20000),
    Echo = open_port({spawn, "cat"}, [binary, {packet, 4}]), port_command(Echo, Big), t:p(receive {Echo, {data, B}} -> B =:= Big end), port_close(Echo), after_close(Echo),
    T = open_port({spawn, "cat"}, [{packet, 1}]), t:p(port_command(T, lists:duplicate(256, $a))), t:p(receive {'EXIT', T, W} -> W end),
    In = open_port({spawn, "cat"}, [in, exit_status]), t:p(collect(In, [])),
    Out = open_port({spawn, "cat >/dev/null"}, [out]), t:p(port_command(Out, "x")), t:p(port_close(Out)), t:p(receive {'EXIT', Out, V} -> V end),
    t:p(run("sh -c 'echo x >&4'", [nouse_stdio])),
    %% One that does not read: the sender waits.
    S = self(), Slow = open_port({spawn, "sh -c 'sleep 0.3; wc -c'"}, [{line, 80}]), Some = binary:copy(<<"x">>, 100000),
    t:p([port_command(Slow, Some), port_command(Slow, Some, [nosuspend])]),
    spawn(fun() -> t:p(port_command(Slow, Some)), S ! sent end), receive sent -> t:p(early) after 100 -> t:p(waits) end,
    receive sent -> t:p(sent) after 3000 -> t:p(never) end, port_close(Slow), after_close(Slow),
    %% What cannot be.
    [t:e(io_lib:format("~p ~p", [N, O]), fun() -> open_port(N, O) end) ||
        {N, O} <- [{{spawn_executable, "/nonexistent"}, []}, {{spawn_executable, "/etc/passwd"}, []}, {{spawn_executable, "sh"}, []},
                   {{spawn_executable, "/bin/sh"}, [{args, x}]}, {{spawn_executable, "/bin/sh"}, [{args, ["a\0"]}]}, {{spawn, "true"}, [{arg0, "x"}]},
                   {{spawn, "true"}, [{env, [{a, b}]}]}, {{spawn, "true"}, [{env, [{"A=", "B"}]}]}, {{spawn, "true"}, [{cd, 1}]}, {{spawn, "true"}, [{parallelism, x}]}]],
    t:p(os:cmd("echo hi; echo err >&2; exit 1")), t:p(os:cmd("cat")), t:p(length(os:cmd("seq 100000"))),
    t:p([os:cmd("echo " ++ integer_to_list(N)) || N <- lists:seq(1, 20)]),
    t:p(receive X3 -> X3 after 0 -> nothing end).
