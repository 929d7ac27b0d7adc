%% joist_archive -- makes the archives that lie at the end of joist and of the programs that `joist bundle` makes:
%% plain ZIP. vm/os/archive.hpp reads them.
-module(joist_archive).
-export([pack/1, write/2, application_files/4, boot_files/1, slim/1]).
-export_type([entry/0]).

-type entry() :: {Name :: string(), Bytes :: binary(), How :: stored | deflated | executable}.

%% For joist's own build: the manifest, the archive to write, the static VM or "", joist's own modules.
pack(Arguments) ->
    try
        pack1(Arguments),
        halt(0)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "joist_archive: ~P~n~P~n", [{Class, Reason}, 20, Stack, 40]),
            halt(1)
    end.

pack1([Manifest, Archive, Vm | OwnBeams]) ->
    {ok, Terms} = file:consult(Manifest),
    {_, Stored} = lists:keyfind(stored, 1, Terms),
    {_, Applications} = lists:keyfind(applications, 1, Terms),
    Otp = [begin
               How = case lists:member(App, Stored) of true -> stored; false -> deflated end,
               application_files(App, Modules, installed(App), How)
           end || {App, Modules} <- Applications],
    Order = {"joist/load_order", read(filename:join(filename:dirname(Manifest), "load_order")), stored},
    Own = [Order | [{"joist/ebin/" ++ filename:basename(B), slim(read(B)), stored} || B <- OwnBeams]],
    Static = [{"joist/vm", read(Vm), executable} || Vm =/= ""],
    write(Archive, lists:append([boot_files(code:root_dir()), Own, Static | Otp])).

installed(App) ->
    case code:lib_dir(App) of
        {error, bad_name} -> throw({not_installed, App});
        Folder -> Folder
    end.

%% ---- what goes into an archive ----

%% The .app file, modules and priv files of the application in Folder (APP-VSN, APP, or one that says nothing).
-spec application_files(atom(), all | [module()], file:filename(), stored | deflated) -> [entry()].
application_files(App, Modules, Folder, How) ->
    Ebin = filename:join(Folder, "ebin"),
    To = "otp/lib/" ++ versioned(App, Ebin),
    Beams = [{filename:join([To, "ebin", filename:basename(F)]), slim(read(F)), How}
             || F <- lists:sort(filelib:wildcard(filename:join(Ebin, "*.beam"))),
                Modules =:= all orelse lists:member(list_to_atom(filename:basename(F, ".beam")), Modules)],
    Apps = [{filename:join([To, "ebin", filename:basename(F)]), read(F), How}
            || F <- filelib:wildcard(filename:join(Ebin, "*.app")) ++ filelib:wildcard(filename:join(Ebin, "*.appup"))],
    Priv = filename:join(Folder, "priv"),
    Include = filename:join(Folder, "include"),
    Headers = [{filename:join([To, "include", F]), read(filename:join(Include, F)), deflated}
               || F <- files_below(Include, ""), filename:extension(F) =:= ".hrl"],
    Apps ++ Beams ++ Headers ++
        [{filename:join([To, "priv", F]), read(filename:join(Priv, F)), how(filename:join(Priv, F))}
         || App =/= erts, F <- files_below(Priv, "")].

versioned(App, Ebin) ->
    case file:consult(filename:join(Ebin, atom_to_list(App) ++ ".app")) of
        {ok, [{application, App, Keys}]} -> atom_to_list(App) ++ "-" ++ proplists:get_value(vsn, Keys, "0");
        _ -> filename:basename(filename:dirname(Ebin))
    end.

%% OTP's own boot scripts, the name of the release, and the programs that the VM is itself: empty files.
boot_files(Root) ->
    [{"otp/bin/" ++ F, read(filename:join([Root, "bin", F])), stored}
     || F <- ["start.boot", "start_clean.boot", "start_sasl.boot", "no_dot_erlang.boot"],
        filelib:is_regular(filename:join([Root, "bin", F]))] ++
        [{filename:join([otp, "erts-" ++ erlang:system_info(version), bin, "inet_gethost"]), <<>>, executable}] ++
        [{filename:join(["otp/releases", erlang:system_info(otp_release), "OTP_VERSION"]), read(F), stored}
         || F <- filelib:wildcard(filename:join([Root, "releases", erlang:system_info(otp_release), "OTP_VERSION"]))].

%% Names relative to the folder.
files_below(Folder, Prefix) ->
    case file:list_dir(Folder) of
        {ok, Names} ->
            lists:append([case filelib:is_dir(filename:join(Folder, N)) of
                              true -> files_below(filename:join(Folder, N), Prefix ++ N ++ "/");
                              false -> [Prefix ++ N]
                          end || N <- lists:sort(Names)]);
        {error, _} -> []
    end.

how(File) ->
    {ok, Info} = file:read_file_info(File),
    case element(8, Info) band 8#100 of  % the owner may execute it
        0 -> deflated;
        _ -> executable
    end.

%% A module without what only debuggers and documentation want.
slim(Beam) ->
    case beam_lib:all_chunks(Beam) of
        {ok, _, Chunks} ->
            {ok, Slim} = beam_lib:build_module([C || {Id, _} = C <- Chunks,
                                                     not lists:member(Id, ["Dbgi", "Abst", "Docs", "ExDc", "ExCk", "LocT"])]),
            Slim;
        _ -> Beam
    end.

read(File) ->
    case file:read_file(File) of
        {ok, Bytes} -> Bytes;
        {error, Why} -> throw({cannot_read, File, Why})
    end.

%% ---- ZIP ----

%% Writes the archive; the names in its directory are sorted, as its reader likes them.
-spec write(file:filename() | {append, file:filename()}, [entry()]) -> ok.
write(To, Entries) ->
    {Files, Directory, Count, Size} =
        lists:foldl(fun add/2, {[], [], 0, 0}, lists:ukeysort(1, Entries)),
    All = iolist_to_binary(lists:reverse(Directory)),
    End = <<16#06054b50:32/little, 0:16, 0:16, Count:16/little, Count:16/little, (byte_size(All)):32/little,
            Size:32/little, 0:16>>,
    {File, Modes} = case To of {append, F} -> {F, [append]}; F -> {F, [write]} end,
    ok = file:write_file(File, [lists:reverse(Files), All, End], Modes).

add({Name, Bytes, How}, {Files, Directory, Count, Offset}) ->
    {Method, Packed} = case How of
                           stored -> {0, Bytes};
                           _ -> {8, zlib:zip(Bytes)}
                       end,
    Mode = case How of executable -> 8#100755; _ -> 8#100644 end,
    NameBytes = unicode:characters_to_binary(Name),
    %% Version 2.0, UTF-8 names, 1980-01-01: archives of the same files are the same.
    Common = <<20:16/little, 16#800:16/little, Method:16/little, 0:16, 16#21:16/little, (erlang:crc32(Bytes)):32/little,
               (byte_size(Packed)):32/little, (byte_size(Bytes)):32/little, (byte_size(NameBytes)):16/little, 0:16>>,
    Local = [<<16#04034b50:32/little>>, Common, NameBytes, Packed],
    InDirectory = [<<16#02014b50:32/little, 20, 3>>, Common, <<0:16, 0:16, 0:16, (Mode bsl 16):32/little, Offset:32/little>>,
                   NameBytes],
    {[Local | Files], [InDirectory | Directory], Count + 1, Offset + iolist_size(Local)}.
