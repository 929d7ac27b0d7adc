%% Files by prim_file and by raw files of the module file: every operation, every error that a program can cause.
-module(raw_files).
-export([main/0]).
-include_lib("kernel/include/file.hrl").

main() ->
    Dir = "/tmp/joist_raw_files_" ++ os:getpid(),
    ok = prim_file:make_dir(Dir),
    {ok, Before} = prim_file:get_cwd(),
    ok = prim_file:set_cwd(Dir),
    try
        tests()
    after
        ok = prim_file:set_cwd(Before),
        clean(Dir)
    end.

tests() ->
    names(),
    reading_and_writing(),
    modes(),
    positions(),
    pointers(),
    lines(),
    information(),
    links_and_folders(),
    errors(),
    owners(),
    buffers(),
    raw_options().

p(Tag, Value) -> io:format("~0p: ~0p~n", [Tag, Value]).
t(Tag, F) -> p(Tag, try F() catch Class:Reason -> {Class, Reason} end).

clean(Dir) ->
    case prim_file:list_dir_all(Dir) of
        {ok, Names} -> [clean(Dir, Name) || Name <- Names];
        _ -> ok
    end,
    prim_file:del_dir(Dir).
clean(Dir, Name) ->
    Path = if is_binary(Name) -> <<(unicode:characters_to_binary(Dir))/binary, "/", Name/binary>>;
              true -> Dir ++ "/" ++ Name
           end,
    case prim_file:delete(Path) of
        ok -> ok;
        _ -> clean(Path)
    end.

names() ->
    Names = ["plain", [16#e5, 16#4e2d, 16#1f600], <<"binary">>, <<16#ff, "x">>, ["deep", [$/, "er"]], [], "", <<>>,
             atom, [atom], [-1], [16#d800], [16#110000], [$a | $b], <<"a", 0, "b">>, <<"a", 0>>, [0], [$a, 0], <<1:3>>,
             {}, 1],
    [t(name2native, fun() -> prim_file:internal_name2native(N) end) || N <- Names],
    [t(native2name, fun() -> prim_file:internal_native2name(N) end)
     || N <- [<<"a">>, <<16#c3, 16#a5>>, <<16#ff>>, <<16#c3>>, <<>>, "a", <<1:3>>, <<"a", 0>>]],
    [t(is_translatable, fun() -> prim_file:is_translatable(N) end) || N <- [<<"a">>, <<16#ff>>, "a"]],
    [t(normalize, fun() -> prim_file:internal_normalize_utf8(N) end)
     || N <- [<<"abc">>, <<"e", 16#301/utf8, "x">>, <<16#ff>>, "abc"]],
    p(unicode_name, prim_file:write_file([16#e5, $x], "1")),
    p(raw_name, prim_file:write_file(<<16#ff, "y">>, "22")),
    {ok, Some} = prim_file:list_dir("."),
    p(list_dir, lists:sort(Some)),
    {ok, All} = prim_file:list_dir_all("."),
    p(list_dir_all, lists:sort(All)),
    p(read_unicode, prim_file:read_file(<<16#e5/utf8, "x">>)),
    p(read_raw, prim_file:read_file(<<16#ff, "y">>)),
    [ok = prim_file:delete(N) || N <- All].

reading_and_writing() ->
    {ok, F} = prim_file:open("data", [read, write]),
    p(write, prim_file:write(F, ["abc", <<"def">>, [[$g], "hij" | <<"k">>]])),
    p(write_many, prim_file:write(F, [<<N>> || N <- lists:seq(0, 199)])),
    p(write_nothing, prim_file:write(F, [])),
    <<_:3, Odd:8/bitstring, _/bitstring>> = <<16#abcdef:24>>,
    p(write_odd, prim_file:write(F, [Odd, binary:copy(<<"x">>, 100)])),
    t(write_bad, fun() -> prim_file:write(F, [256]) end),
    t(write_bad, fun() -> prim_file:write(F, atom) end),
    p(position, prim_file:position(F, bof)),
    p(read, prim_file:read(F, 11)),
    p(read, prim_file:read(F, 0)),
    {ok, Rest} = prim_file:read(F, 100000),
    p(rest, {byte_size(Rest), erlang:md5(Rest)}),
    p(read_end, prim_file:read(F, 1)),
    p(read_end, prim_file:read(F, 0)),
    [t({read, N}, fun() -> prim_file:read(F, N) end) || N <- [-1, 1.0, a, 1 bsl 64]],
    p(pread, prim_file:pread(F, 3, 4)),
    p(pread, prim_file:pread(F, 100000, 4)),
    p(pread, prim_file:pread(F, [{0, 1}, {4, 2}, {100000, 1}])),
    [t({pread, A}, fun() -> prim_file:pread(F, A, B) end) || {A, B} <- [{-1, 1}, {a, 1}, {0, -1}, {0, a}, {1 bsl 70, 1}]],
    p(pwrite, prim_file:pwrite(F, 1, "BC")),
    p(pwrite, prim_file:pwrite(F, [{0, "A"}, {3, [<<"D">>, "E"]}])),
    p(pwrite_many, prim_file:pwrite(F, 10, [<<N>> || N <- lists:seq(0, 199)])),
    [t({pwrite, A}, fun() -> prim_file:pwrite(F, A, B) end) || {A, B} <- [{-1, "a"}, {a, "a"}, {0, a}, {1 bsl 70, "a"}]],
    t(pwrite_list, fun() -> prim_file:pwrite(F, [{0, "z"}, {-1, "a"}]) end),
    p(pread, prim_file:pread(F, 0, 8)),
    p(position, prim_file:position(F, 20)),
    p(truncate, prim_file:truncate(F)),
    {ok, I} = prim_file:read_handle_info(F),
    p(size, I#file_info.size),
    p(sync, prim_file:sync(F)),
    p(datasync, prim_file:datasync(F)),
    [p({advise, A}, prim_file:advise(F, 0, 10, A))
     || A <- [normal, random, sequential, will_need, dont_need, no_reuse, other]],
    p(advise, prim_file:advise(F, -1, 10, normal)),
    p(advise, prim_file:advise(F, a, 10, normal)),
    p(allocate, prim_file:allocate(F, 0, 4096)),
    {ok, I2} = prim_file:read_handle_info(F),
    p(size, I2#file_info.size),
    p(allocate, prim_file:allocate(F, 0, -1)),
    p(allocate, prim_file:allocate(F, 0, a)),
    p(allocate, prim_file:allocate(F, 0, 0)),
    p(handle, byte_size(prim_file:get_handle(F))),
    p(close, prim_file:close(F)),
    p(close_again, prim_file:close(F)),
    p(read_closed, prim_file:read(F, 1)),
    p(write_closed, prim_file:write(F, "a")),
    p(handle_closed, prim_file:get_handle(F)),
    Big = binary:copy(<<"0123456789">>, 300000),
    p(write_file, prim_file:write_file("big", [Big, Big])),
    {ok, Read} = prim_file:read_file("big"),
    p(read_file, {byte_size(Read), Read =:= <<Big/binary, Big/binary>>}),
    {ok, G} = prim_file:open("big", [read, binary]),
    {ok, B1} = prim_file:read(G, 5000000),
    {ok, B2} = prim_file:read(G, 5000000),
    p(read_big, {byte_size(B1), byte_size(B2), <<B1/binary, B2/binary>> =:= Read, prim_file:read(G, 5000000)}),
    p(huge_read, prim_file:pread(G, 5999999, 1 bsl 30)),
    prim_file:close(G),
    {ok, Append} = prim_file:open("big", [append]),
    p(append, [prim_file:write(Append, "tail"), prim_file:close(Append)]),
    {ok, #file_info{size = Size}} = prim_file:read_file_info("big"),
    p(size, Size),
    {ok, Proc} = prim_file:read_file("/proc/version"),
    p(proc, binary:part(Proc, 0, 5)),
    p(empty, {prim_file:write_file("empty", []), prim_file:read_file("empty")}).

modes() ->
    try_open([read]),
    try_open([write]),
    try_open([write, read]),
    try_open([append]),
    try_open([exclusive]),
    prim_file:delete("m"),
    try_open([exclusive]),
    try_open([write, exclusive]),
    try_open([]),
    try_open([sync, write]),
    try_open([unknown, {a, b}]),
    t(bad_modes, fun() -> prim_file:open("m", [read | tail]) end),
    p(bad_modes, prim_file:open("m", atom)),
    try_open([directory]),
    p(directory, element(1, prim_file:open(".", [read, directory]))),
    p(directory, prim_file:open(".", [read])),
    p(directory, prim_file:open(".", [write])),
    p(directory, element(1, prim_file:open(".", [read, skip_type_check]))).
try_open(Modes) ->
    Result = case prim_file:open("m", Modes) of
                 {ok, F} ->
                     A = prim_file:write(F, "123"),
                     B = prim_file:position(F, bof),
                     C = prim_file:read(F, 10),
                     {A, B, C, prim_file:close(F)};
                 Other -> Other
             end,
    p({open, Modes}, {Result, prim_file:read_file("m")}).

positions() ->
    ok = prim_file:write_file("data", "0123456789"),
    {ok, F} = prim_file:open("data", [read, {read_ahead, 4}]),
    [t({position, P}, fun() -> {prim_file:position(F, P), prim_file:read(F, 2)} end)
     || P <- [bof, eof, cur, 3, {bof, 1}, {cur, 1}, {cur, -2}, {eof, -3}, {eof, 3}, {cur, -100}, -1, {bof, -1}, {bof, a},
              {other, 1}, 1 bsl 70]],
    prim_file:close(F).

pointers() ->
    ok = prim_file:write_file("pointer", <<"head", 5:32, 20:32, "padding.", "12345678">>),
    {ok, F} = prim_file:open("pointer", [read]),
    [t({ipread, Args}, fun() -> apply(prim_file, ipread_s32bu_p32bu, [F | Args]) end)
     || Args <- [[4, 100], [4, infinity], [4, 4], [4, 5], [4, -1], [24, 100], [100, 10], [-1, 10], [4, 1 bsl 31], [a, 1],
                 [0, 1 bsl 30]]],
    ok = prim_file:write_file("pointer", <<5:32, 200:32>>),
    p(ipread, prim_file:ipread_s32bu_p32bu(F, 0, 100)),
    prim_file:close(F).

lines() ->
    Long = binary:copy(<<"y">>, 1000),
    ok = prim_file:write_file("lines", ["one\n", "two\r\n", "\n", Long, "\n", "last"]),
    [begin
         {ok, F} = prim_file:open("lines", [read, binary | M]),
         p({lines, M}, read_lines(F)),
         prim_file:close(F)
     end || M <- [[], [{read_ahead, 3}], [read_ahead]]].
read_lines(F) ->
    case prim_file:read_line(F) of
        {ok, Line} when byte_size(Line) > 100 -> [byte_size(Line) | read_lines(F)];
        {ok, Line} -> [Line | read_lines(F)];
        eof -> []
    end.

information() ->
    ok = prim_file:write_file("info", "12345"),
    p(mode, prim_file:write_file_info("info", #file_info{mode = 8#640})),
    p(times, prim_file:write_file_info("info", #file_info{atime = 1000000, mtime = 2000000, ctime = 0}, [{time, posix}])),
    {ok, I} = prim_file:read_file_info("info", [{time, posix}]),
    p(info, I#file_info{ctime = 0, inode = 0, major_device = 0, minor_device = 0, uid = 0, gid = 0}),
    {ok, I2} = prim_file:read_file_info("info", [{time, universal}]),
    p(universal, {I2#file_info.atime, I2#file_info.mtime}),
    {ok, F} = prim_file:open("info", [read]),
    {ok, H} = prim_file:read_handle_info(F, [{time, posix}]),
    p(same, H =:= I),
    prim_file:close(F),
    p(owner, prim_file:write_file_info("info", #file_info{uid = I#file_info.uid, gid = I#file_info.gid})),
    {ok, D} = prim_file:read_file_info("/dev/null"),
    p(device, {D#file_info.type, D#file_info.access, D#file_info.size}),
    {ok, Dir} = prim_file:read_file_info("."),
    p(folder, {Dir#file_info.type, Dir#file_info.access}),
    {ok, Same} = prim_file:read_link_info("info"),
    p(link_info, Same#file_info.type),
    [p({write_info, W}, prim_file:write_file_info(N, W))
     || {N, W} <- [{"missing", #file_info{mode = 8#600}}, {"info", #file_info{mode = a}}, {"info", #file_info{mode = -1}},
                   {"info", #file_info{uid = 1 bsl 40}}]],
    p(missing, prim_file:read_file_info("missing")),
    p(missing, prim_file:read_file_info([])),
    p(missing, prim_file:read_file_info(atom)),
    p(missing, prim_file:read_file_info("info/x")).

links_and_folders() ->
    p(link, prim_file:make_link("info", "hard")),
    p(link_again, prim_file:make_link("info", "hard")),
    p(symlink, prim_file:make_symlink("info", "soft")),
    p(symlink, prim_file:make_symlink("nowhere", "broken")),
    p(read_link, prim_file:read_link("soft")),
    p(read_link, prim_file:read_link("info")),
    p(read_link, prim_file:read_link("missing")),
    p(symlink_raw, prim_file:make_symlink(<<16#ff>>, "odd")),
    p(read_link, prim_file:read_link("odd")),
    p(read_link_all, prim_file:read_link_all("odd")),
    p(symlink_long, prim_file:make_symlink(lists:duplicate(300, $n), "long")),
    p(read_link, prim_file:read_link("long")),
    {ok, L} = prim_file:read_link_info("broken"),
    p(link_info, {L#file_info.type, L#file_info.access, L#file_info.size}),
    p(broken, prim_file:read_file_info("broken")),
    {ok, #file_info{links = 2}} = prim_file:read_file_info("hard"),
    p(make_dir, prim_file:make_dir("folder")),
    p(make_dir, prim_file:make_dir("folder")),
    p(make_dir, prim_file:make_dir("a/b")),
    ok = prim_file:write_file("folder/x", "1"),
    p(del_dir, prim_file:del_dir("folder")),
    p(del_dir, prim_file:del_dir("info")),
    p(del_dir, prim_file:del_dir("missing")),
    p(del_dir, prim_file:del_dir(".")),
    {ok, Here} = prim_file:get_cwd(),
    p(del_cwd, prim_file:del_dir(Here)),
    p(delete_folder, prim_file:delete("folder")),
    p(delete, prim_file:delete("missing")),
    p(rename, prim_file:rename("folder/x", "folder/y")),
    p(rename, prim_file:rename("missing", "x")),
    p(rename, prim_file:rename("info", "folder")),
    p(rename, prim_file:rename("folder", "info")),
    p(rename, prim_file:rename("/", "x")),
    ok = prim_file:make_dir("other"),
    p(rename, prim_file:rename("other", "folder")),
    p(rename, prim_file:rename("folder", "folder/in")),
    p(list_dir, prim_file:list_dir("folder")),
    p(list_dir, prim_file:list_dir("missing")),
    p(list_dir, prim_file:list_dir("info")),
    p(list_dir, prim_file:list_dir(atom)),
    p(set_cwd, prim_file:set_cwd("missing")),
    p(set_cwd, prim_file:set_cwd("info")),
    p(set_cwd, prim_file:set_cwd(<<16#ff>>)),
    p(set_cwd, prim_file:set_cwd("folder")),
    {ok, Cwd} = prim_file:get_cwd(),
    p(get_cwd, filename:basename(Cwd)),
    p(set_cwd, prim_file:set_cwd("..")),
    [t({get_cwd, D}, fun() -> prim_file:get_cwd(D) end) || D <- ["a:", "Z:", "x", "", atom]],
    p(altname, prim_file:altname("info")).

errors() ->
    [t({read_file, N}, fun() -> prim_file:read_file(N) end)
     || N <- ["missing", ".", "info/x", lists:duplicate(5000, $x), "a" ++ [0], <<"a", 0>>, atom, 1]],
    t(open, fun() -> prim_file:open("a\0b", [read]) end),
    t(open, fun() -> prim_file:open("missing/x", [write]) end),
    t(full, fun() -> {ok, F} = prim_file:open("/dev/full", [write]), {prim_file:write(F, "x"), prim_file:close(F)} end),
    t(read_only, fun() -> {ok, F} = prim_file:open("info", [read]), {prim_file:write(F, "x"), prim_file:truncate(F), prim_file:close(F)} end),
    t(descriptor, fun() -> prim_file:file_desc_to_ref(9999, [read]) end),
    t(descriptor, fun() -> prim_file:file_desc_to_ref(a, [read]) end),
    t(descriptor, fun() -> prim_file:file_desc_to_ref(1 bsl 40, [read]) end),
    t(pipe, fun() -> {ok, F} = prim_file:file_desc_to_ref(1, [write]), prim_file:position(F, {cur, 0}) end),
    t(no_file, fun() -> prim_file:read(x, 1) end),
    t(load_nif, fun() -> erlang:load_nif("prim_file", 0) end).

%% A file is of the process that opened it, and closed with it.
owners() ->
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
                                       {ok, F} = prim_file:open("info", [read]),
                                       Me ! {file, F},
                                       receive stop -> ok end
                               end),
    F = receive {file, File} -> File end,
    t(other_process, fun() -> prim_file:read(F, 1) end),
    Data = element(3, F),
    Mine = setelement(3, F, Data#{owner => Me}),
    t(lent, fun() -> prim_file:read(Mine, 3) end),
    Pid ! stop,
    receive {'DOWN', Ref, _, _, Why} -> p(down, Why) end,
    t(owner_gone, fun() -> prim_file:read(Mine, 3) end),
    t(owner_gone, fun() -> prim_file:close(Mine) end),
    [spawn_monitor(fun() -> {ok, _} = prim_file:open("info", [read]) end) || _ <- lists:seq(1, 2000)],
    p(many, [receive {'DOWN', _, _, _, normal} -> ok end || _ <- lists:seq(1, 2000)] =:= lists:duplicate(2000, ok)).

buffers() ->
    B = prim_buffer:new(),
    Write = fun(Data) -> t({write, Data}, fun() -> prim_buffer:write(B, Data) end) end,
    Write([<<"abc">>, <<"def">>]),
    Write([]),
    Write([<<"a">>, [<<"b">>]]),
    Write([<<"a">> | <<"b">>]),
    Write(<<"a">>),
    Write([a]),
    p(size, prim_buffer:size(B)),
    t(read, fun() -> prim_buffer:read(B, 4) end),
    t(find, fun() -> prim_buffer:find_byte_index(B, $f) end),
    t(find, fun() -> prim_buffer:find_byte_index(B, $a) end),
    [t({find, X}, fun() -> prim_buffer:find_byte_index(B, X) end) || X <- [-1, 256, a]],
    [t({skip, X}, fun() -> prim_buffer:skip(B, X) end) || X <- [1, 100, -1, a]],
    [t({read, X}, fun() -> prim_buffer:read(B, X) end) || X <- [1, 1, 0, -1]],
    Big = binary:copy(<<"0123456789">>, 1000),
    p(write_big, prim_buffer:write(B, [<<"small">>, Big, <<"more">> | lists:duplicate(500, <<"0123456789">>)])),
    p(size, prim_buffer:size(B)),
    p(find, prim_buffer:find_byte_index(B, $m)),
    p(read_big, erlang:md5(prim_buffer:read(B, 8000))),
    p(read_iovec, erlang:md5(prim_buffer:read_iovec(B, 3000))),
    p(read_small, prim_buffer:read(B, 20)),
    p(wipe, prim_buffer:wipe(B)),
    p(size, prim_buffer:size(B)),
    p(lock, [prim_buffer:try_lock(B), prim_buffer:try_lock(B), prim_buffer:unlock(B)]),
    t(unlock, fun() -> prim_buffer:unlock(B) end),
    [t(no_buffer, fun() -> prim_buffer:F(make_ref()) end) || F <- [size, try_lock, unlock, wipe]].

raw_options() ->
    {ok, F} = file:open("delayed", [raw, write, delayed_write, binary]),
    p(write, [file:write(F, integer_to_list(N)) || N <- lists:seq(1, 100)] =:= lists:duplicate(100, ok)),
    p(close, file:close(F)),
    {ok, G} = file:open("delayed", [raw, read, read_ahead, binary]),
    p(read, file:read(G, 20)),
    p(position, file:position(G, {eof, -10})),
    p(read, file:read(G, 20)),
    p(read, file:read(G, 20)),
    p(pread, file:pread(G, 3, 5)),
    p(close, file:close(G)),
    {ok, L} = file:open("delayed", [raw, read]),
    p(read_list, file:read(L, 5)),
    p(advise, file:advise(L, 0, 0, sequential)),
    p(close, file:close(L)),
    {ok, Z} = file:open("zipped", [raw, write, compressed]),
    p(write, file:write(Z, binary:copy(<<"compress me ">>, 1000))),
    p(close, file:close(Z)),
    {ok, Y} = file:open("zipped", [raw, read, compressed, binary]),
    p(read, file:read(Y, 24)),
    {ok, All} = file:read(Y, 100000),
    p(read, byte_size(All)),
    p(close, file:close(Y)),
    p(raw_error, file:open("missing", [raw, read])),
    p(raw_error, file:open("missing", [raw, bad_mode])).
