-module(ram_files).
-export([main/0]).

%% Files in memory, by the module that file uses for them.
main() ->
    {ok, F} = ram_file:open(<<"hello world">>, [ram, read, write, binary]),
    t:p([ram_file:read(F, 5), ram_file:read(F, 100), ram_file:read(F, 1), ram_file:position(F, bof), ram_file:read(F, 2)]),
    t:p([ram_file:pread(F, 6, 5), ram_file:pread(F, 20, 5), ram_file:pread(F, -1, 5), ram_file:pread(F, [{0, 2}, {3, 2}])]),
    t:p([ram_file:write(F, "LLO"), ram_file:pwrite(F, 11, <<"!!">>), ram_file:pwrite(F, -1, "x"), ram_file:pwrite(F, 20, "far"), ram_file:get_size(F)]),
    t:p(ram_file:get_file(F)),
    t:p([ram_file:position(F, {cur, 2}), ram_file:position(F, {eof, -3}), ram_file:position(F, {bof, -1}), ram_file:position(F, 5), ram_file:truncate(F), ram_file:get_file(F)]),
    t:p([ram_file:sync(F), ram_file:datasync(F), ram_file:advise(F, 0, 0, normal), ram_file:get_file(F), ram_file:close(F)]),
    {ok, R} = ram_file:open("abc", [ram, read]), t:p([ram_file:read(R, 2), ram_file:write(R, "x"), ram_file:truncate(R), ram_file:get_file(R), ram_file:close(R)]),
    {ok, W} = ram_file:open([], [ram, write, binary]), t:p([ram_file:write(W, ["a", [<<"b">>, $c]]), ram_file:read(W, 2), ram_file:get_file(W), ram_file:close(W)]),
    {ok, E} = ram_file:open([], [ram, read, binary]), t:p([ram_file:get_file(E), ram_file:read(E, 0), ram_file:pread(E, 0, 0), ram_file:get_size(E)]),
    t:e("bad", fun() -> ram_file:open(abc, [ram]) end), t:e("bad", fun() -> ram_file:open("abc", [ram, nonsense]) end).
