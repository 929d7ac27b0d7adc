%% joist_bundle -- `joist bundle`: one program of the VM, an Erlang or Elixir program, and what of OTP it needs.
%% The program holds an archive with a small OTP root (otp/), whose boot script loads and starts the applications,
%% and the file `program`: words for erl, a line each (tools/joist/bundle.cpp).
-module(joist_bundle).
-export([main/0]).

-record(app, {name, vsn, folder, keys}).

usage() ->
    "joist bundle -- makes one program of the VM, an Erlang or Elixir program, and what of OTP it needs\n"
    "\n"
    "usage: joist bundle [OPTION...] EBIN|APPLICATION|ARCHIVE.ez|MODULE.beam... -o PROGRAM\n"
    "\n"
    "The applications found in the folders and archives, and those that they depend on, are put into the program. It\n"
    "starts them and runs until they end; with -s it calls a function after that, and ends when that returns.\n"
    "The program runs on any Linux system of this kind of processor, with nothing else installed.\n"
    "\n"
    "  -o PROGRAM            the file to write\n"
    "  -s MODULE[:FUNCTION]  call FUNCTION (main) with the program's arguments: a list of strings, in Elixir binaries\n"
    "  -a APPLICATION        put in and start this application too (any number of times)\n"
    "  -c FILE               configuration of the applications, as for erl -config\n"
    "  -f FLAG               a flag for erl (any number of times): -f +S -f 1\n"
    "  --shared              a program that can load native libraries, but needs the C library of the system; chosen\n"
    "                        without asking if an application has such a library in its folder priv\n"
    "\n"
    "examples:\n"
    "  joist bundle ebin -s hello -o hello\n"
    "  joist bundle _build/default/lib/*/ebin -s my_app_main -o my_app\n"
    "  joist bundle _build/prod/lib/*/ebin -o my_server\n".

main() ->
    [Vm | Words] = init:get_plain_arguments(),
    try
        try
            bundle(Vm, options(Words, #{things => [], apps => [], flags => []}))
        after
            [file:del_dir_r(T) || T <- [get(temporary)], T =/= undefined]
        end,
        halt(0)
    catch
        throw:usage -> io:put_chars(usage()), halt(0);
        throw:{complaint, Text} -> complain(Text);
        throw:{cannot_read, File, Why} -> complain(["cannot read ", File, ": ", file:format_error(Why)]);
        Class:Reason:Stack -> complain(io_lib:format("~P~n~P", [{Class, Reason}, 30, Stack, 40]))
    end.

complain(Text) ->
    io:put_chars(standard_error, ["joist bundle: ", Text, "\n"]),
    halt(2).

complaint(Format, Arguments) -> throw({complaint, io_lib:format(Format, Arguments)}).

options([Help | _], _) when Help =:= "--help"; Help =:= "-h" -> throw(usage);
options(["-o", File | Rest], O) -> options(Rest, O#{out => File});
options(["-s", Start | Rest], O) -> options(Rest, O#{start => Start});
options(["-a", App | Rest], O = #{apps := Apps}) -> options(Rest, O#{apps := [list_to_atom(App) | Apps]});
options(["-c", File | Rest], O) -> options(Rest, O#{config => File});
options(["-f", Flag | Rest], O = #{flags := Flags}) -> options(Rest, O#{flags := [Flag | Flags]});
options(["--shared" | Rest], O) -> options(Rest, O#{shared => true});
options(["-" ++ _ = Unknown | _], _) -> complaint("unknown option ~ts; try joist bundle --help", [Unknown]);
options([Thing | Rest], O = #{things := Things}) -> options(Rest, O#{things := [Thing | Things]});
options([], #{things := []}) -> complaint("nothing to bundle; try joist bundle --help", []);
options([], O) when not is_map_key(out, O) -> complaint("no -o PROGRAM; try joist bundle --help", []);
options([], O) -> O.

bundle(Vm, O = #{things := Things, out := Out}) ->
    {Given, Modules} = lists:foldl(fun thing/2, {#{}, []}, lists:reverse(Things)),
    Wanted = maps:keys(Given) ++ lists:reverse(maps:get(apps, O)),
    Apps = in_order([kernel, stdlib | Wanted], Given),
    Modules =/= [] orelse map_size(Given) > 0 orelse complaint("neither modules nor applications in ~tp", [Things]),
    start_is_there(O, Apps, Modules),
    Files = lists:append([joist_archive:application_files(A#app.name, all, A#app.folder, how(A#app.name)) || A <- Apps]),
    Erts = joist_archive:application_files(erts, all, code:lib_dir(erts), stored),
    Own = [{"otp/lib/joist/ebin/joist_program.beam", own_module(Vm, joist_program), stored},
           {"joist/load_order", read(Vm ++ "/joist/load_order"), stored}],
    Loose = [{"otp/lib/joist/ebin/" ++ filename:basename(F), joist_archive:slim(read(F)), stored} || F <- Modules],
    Config = case O of
                 #{config := C} -> [{"otp/program.config", read(C), stored}];
                 _ -> []
             end,
    Boot = [{"otp/bin/start.boot", term_to_binary(boot_script(Apps)), stored}],
    Program = [{"program", unicode:characters_to_binary(lists:join("\n", words(O))), stored}],
    write_vm(Vm, Out, maps:get(shared, O, false) orelse has_native_library(Files)),
    joist_archive:write({append, Out}, lists:append([
        [F || {Name, _, _} = F <- joist_archive:boot_files(code:root_dir()), filename:extension(Name) =/= ".boot"],
        Boot, Program, Config, Own, Loose, Erts, Files])),
    ok = file:change_mode(Out, 8#755).

%% What the start of every program reads is not compressed.
how(App) when App =:= kernel; App =:= stdlib; App =:= elixir -> stored;
how(_) -> deflated.

read(File) ->
    case file:read_file(File) of
        {ok, Bytes} -> Bytes;
        {error, Why} -> throw({cannot_read, File, Why})
    end.

%% ---- applications ----

%% A word of the command line: an ebin folder, the folder above it, an archive, a module.
thing(Thing, {Apps, Modules}) ->
    case {filename:extension(Thing), filelib:is_dir(Thing), filelib:is_dir(filename:join(Thing, "ebin"))} of
        {".beam", false, _} -> {Apps, [Thing | Modules]};
        {".ez", false, _} -> lists:foldl(fun thing/2, {Apps, Modules}, unpacked(Thing));
        {_, true, true} -> ebin(filename:join(Thing, "ebin"), Apps, Modules);
        {_, true, false} -> ebin(Thing, Apps, Modules);
        _ -> complaint("~ts is no folder, archive or module", [Thing])
    end.

ebin(Ebin, Apps, Modules) ->
    case filelib:wildcard(filename:join(Ebin, "*.app")) of
        [] -> {Apps, filelib:wildcard(filename:join(Ebin, "*.beam")) ++ Modules};
        [File | _] ->
            App = app(File, filename:dirname(filename:absname(Ebin))),
            {Apps#{App#app.name => App}, Modules}
    end.

app(File, Folder) ->
    case file:consult(File) of
        {ok, [{application, Name, Keys}]} ->
            #app{name = Name, vsn = proplists:get_value(vsn, Keys, ""), folder = Folder, keys = Keys};
        _ -> complaint("~ts does not describe an application", [File])
    end.

%% The application folders of an archive, in a temporary folder.
unpacked(Ez) ->
    Folder = filename:join(os:getenv("TMPDIR", "/tmp"), "joist-bundle-" ++ os:getpid()),
    ok = filelib:ensure_dir(filename:join(Folder, "x")),
    case zip:unzip(Ez, [{cwd, Folder}]) of
        {ok, _} -> ok;
        {error, Why} -> complaint("cannot unpack ~ts: ~tp", [Ez, Why])
    end,
    put(temporary, Folder),
    [filename:dirname(E) || E <- filelib:wildcard(filename:join(Folder, "*/ebin"))].

%% Those named and all that they need, each after what it needs.
in_order(Names, Given) ->
    {_, Reversed} = lists:foldl(fun(N, Acc) -> visit(N, none, Given, Acc) end, {#{}, []}, Names),
    lists:reverse(Reversed).

visit(Name, _, _, {Seen, _} = Acc) when is_map_key(Name, Seen) -> Acc;
visit(Name, Parent, Given, {Seen, Done}) ->
    case Given of
        #{Name := App} -> visit_needed(App, Given, Seen, Done);
        _ ->
            case installed(Name) of
                none when Parent =:= optional -> {Seen, Done};
                none when Parent =:= none -> complaint("there is no application ~ts", [Name]);
                none -> complaint("there is no application ~ts, which ~ts needs", [Name, Parent]);
                App -> visit_needed(App, Given, Seen, Done)
            end
    end.

visit_needed(App = #app{name = Name, keys = Keys}, Given, Seen, Done) ->
    Optional = proplists:get_value(optional_applications, Keys, []),
    Needed = proplists:get_value(included_applications, Keys, []) ++ proplists:get_value(applications, Keys, []),
    Visit = fun(N, Acc) ->
                    visit(N, case lists:member(N, Optional) of true -> optional; false -> Name end, Given, Acc)
            end,
    {Seen1, Done1} = lists:foldl(Visit, {Seen#{Name => true}, Done}, Needed),
    {Seen1, [App | Done1]}.

%% In OTP or beside it, else in Elixir.
installed(Name) ->
    Elixir = [os:getenv("JOIST_ELIXIR_ROOT", "/usr/lib/elixir"), "/usr/local/lib/elixir"],
    Folders = [F || F <- [code:lib_dir(Name)], is_list(F)] ++ [filename:join([R, "lib", atom_to_list(Name)]) || R <- Elixir],
    case [{File, F} || F <- Folders, File <- [filename:join([F, "ebin", atom_to_list(Name) ++ ".app"])],
                       filelib:is_regular(File)] of
        [{File, Folder} | _] -> app(File, Folder);
        [] -> none
    end.

start_is_there(#{start := Start}, Apps, Modules) ->
    {Module, _} = start_function(Start),
    File = atom_to_list(Module) ++ ".beam",
    lists:any(fun(M) -> filename:basename(M) =:= File end, Modules) orelse
        lists:any(fun(#app{folder = F}) -> filelib:is_regular(filename:join([F, "ebin", File])) end, Apps) orelse
        complaint("no module ~ts in what is bundled", [Module]);
start_is_there(_, Apps, _) ->
    lists:any(fun(#app{name = N, keys = K}) -> N =/= kernel andalso lists:keymember(mod, 1, K) end, Apps) orelse
        complaint("no application here starts anything: -s MODULE says what to call", []).

start_function(Text) ->
    case string:split(Text, ":") of
        [Module, Function] -> {list_to_atom(Module), list_to_atom(Function)};
        [Module] -> {list_to_atom(Module), main}
    end.

%% ---- the boot script: OTP's own, with more applications ----

boot_script(Apps) ->
    {ok, Bytes} = file:read_file(filename:join([code:root_dir(), "bin", "start_clean.boot"])),
    {script, _, Commands} = binary_to_term(Bytes),
    More = [A || A = #app{name = N} <- Apps, N =/= kernel, N =/= stdlib],
    Path = ["$ROOT/lib/joist/ebin"
            | ["$ROOT/lib/" ++ atom_to_list(N) ++ "-" ++ V ++ "/ebin" || #app{name = N, vsn = V} <- Apps]],
    {script, {"joist bundle", ""}, lists:flatmap(fun(C) -> command(C, More, Path) end, Commands)}.

command({progress, modules_loaded} = C, More, Path) ->
    [{path, Path} | [{primLoad, proplists:get_value(modules, K, [])} || #app{keys = K} <- More]] ++ [C];
command({progress, applications_loaded} = C, More, _) ->
    [{apply, {application, load, [{application, N, K}]}} || #app{name = N, keys = K} <- More] ++ [C];
command({apply, {c, erlangrc, _}}, More, _) ->
    [{apply, {application, start_boot, [N, permanent]}} || #app{name = N} <- More, not is_included(N, More)];
command({path, _} = C, _, Path) ->
    %% The last one is what the code server starts with.
    case C of
        {path, [_, _ | _]} -> [{path, Path}];
        _ -> [C]
    end;
command(C, _, _) -> [C].

is_included(Name, Apps) ->
    lists:any(fun(#app{keys = K}) -> lists:member(Name, proplists:get_value(included_applications, K, [])) end, Apps).

%% ---- the program ----

words(O = #{flags := Flags}) ->
    Config = case O of #{config := _} -> ["-config", "@/otp/program"]; _ -> [] end,
    Start = case O of
                #{start := S} ->
                    {Module, Function} = start_function(S),
                    ["-run", "joist_program", "start", atom_to_list(Module), atom_to_list(Function)];
                _ -> []
            end,
    %% Elixir wants Unicode arguments, whatever the system's language.
    Names = case Start of [_, _, _, "Elixir." ++ _ | _] -> ["+fnu"]; _ -> [] end,
    Names ++ ["-noshell"] ++ lists:reverse(Flags) ++ Config ++ Start.

own_module(Vm, Module) -> read(Vm ++ "/joist/ebin/" ++ atom_to_list(Module) ++ ".beam").

has_native_library(Files) -> lists:any(fun({Name, _, _}) -> filename:extension(Name) =:= ".so" end, Files).

%% The VM without its archive: the static one that lies in it, or this one's own.
write_vm(Vm, Out, Shared) ->
    Bytes = case Shared orelse file:read_file(Vm ++ "/joist/vm") of
                {ok, Static} -> Static;
                _ -> without_archive(read(Vm))
            end,
    case file:write_file(Out, Bytes) of
        ok -> ok;
        {error, Why} -> complaint("cannot write ~ts: ~ts", [Out, file:format_error(Why)])
    end.

without_archive(Program) ->
    <<16#06054b50:32/little, _:64, Size:32/little, Offset:32/little, 0:16>> =
        binary:part(Program, byte_size(Program), -22),
    binary:part(Program, 0, byte_size(Program) - 22 - Size - Offset).
