# Why code cannot be loaded is reported to the logger, as erl does it.
. test/cli/lib.bash
compile badload <<'X'
-module(badload).
-export([main/0]).
main() ->
    {error, badfile} = erlang:load_module(foo, <<"junk">>),
    {error, badfile} = erlang:load_module('x y', <<"FOR1", 100:32, "BEAM">>).
X
run 0 run "$work/badload.beam"
complains 'Error loading module foo:'; complains '  not a BEAM file: only 4 bytes'
complains "Error loading module 'x y':"; complains 'it should have 108 bytes, but has 12'
