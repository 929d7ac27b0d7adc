%% compile.escript -- compiles test programs. Each line of standard input is FILE <tab> FOLDER <tab> OPTIONS,
%% where OPTIONS are erlc's (+no_type_opt ...). One virtual machine compiles them all, a few at a time.
-mode(compile).

main(_) ->
    Jobs = read_jobs(),
    Failures = run(Jobs, 0, erlang:system_info(schedulers_online), 0),
    halt(min(Failures, 1)).

read_jobs() ->
    case io:get_line("") of
        eof -> [];
        Line -> [string:split(string:trim(Line, trailing, "\n"), "\t", all) | read_jobs()]
    end.

run([], 0, _, Failures) -> Failures;
run([Job | Jobs], Running, Limit, Failures) when Running < Limit ->
    spawn_monitor(fun() -> exit(compile(Job)) end),
    run(Jobs, Running + 1, Limit, Failures);
run(Jobs, Running, Limit, Failures) ->
    receive
        {'DOWN', _, process, _, ok} -> run(Jobs, Running - 1, Limit, Failures);
        {'DOWN', _, process, _, _} -> run(Jobs, Running - 1, Limit, Failures + 1)
    end.

compile([File, Folder, Text]) ->
    Assembler = [from_asm || filename:extension(File) =:= ".S"],
    case compile:file(File, Assembler ++ options(Text) ++ [{outdir, Folder}, report_errors]) of
        {ok, _} -> ok;
        Other -> io:format("~ts: ~p~n", [File, Other]), error
    end.

options(Text) ->
    [begin
         {ok, Tokens, _} = erl_scan:string(Word ++ "."),
         {ok, Term} = erl_parse:parse_term(Tokens),
         Term
     end || "+" ++ Word <- string:lexemes(Text, " ")].
