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
    case filename:extension(File) of
        ".S" -> assemble(File, Folder);
        ".erl" ->
            case compile:file(File, options(Text) ++ [{outdir, Folder}, report_errors]) of
                {ok, _} -> ok;
                Other -> io:format("~ts: ~p~n", [File, Other]), error
            end
    end.

%% Assembles what `erlc -S` writes, without the compiler's validator: it refuses instructions that the compiler
%% gave up, although the loader takes them.
assemble(File, Folder) ->
    {ok, Forms} = file:consult(File),
    [Module] = [M || {module, M} <- Forms],
    [Exports] = [E || {exports, E} <- Forms],
    [Attributes] = [A || {attributes, A} <- Forms],
    [Labels] = [L || {labels, L} <- Forms],
    Functions = functions([F || F <- Forms, not lists:member(element_1(F), [module, exports, attributes, labels])]),
    {ok, Beam} = beam_asm:module({Module, Exports, Attributes, Functions, Labels}, [], [], []),
    ok = file:write_file(filename:join(Folder, atom_to_list(Module) ++ ".beam"), Beam).

functions([]) -> [];
functions([{function, Name, Arity, Entry} | Forms]) ->
    {Code, Rest} = lists:splitwith(fun(F) -> element_1(F) =/= function end, Forms),
    [{function, Name, Arity, Entry, Code} | functions(Rest)].

element_1(Form) when is_tuple(Form) -> element(1, Form);
element_1(Form) -> Form.

options(Text) ->
    [begin
         {ok, Tokens, _} = erl_scan:string(Word ++ "."),
         {ok, Term} = erl_parse:parse_term(Tokens),
         Term
     end || "+" ++ Word <- string:lexemes(Text, " ")].
