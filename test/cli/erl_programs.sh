# erlc and escript beside erl: what they print and write.
. test/cli/erl_lib.bash
cat >"$work/hello.erl" <<'X'
-module(hello).
-export([main/1]).
-include_lib("kernel/include/file.hrl").
main(Args) -> io:format("hello ~p~n", [Args]), #file_info{}.
X
cat >"$work/wrong.erl" <<'X'
-module(wrong).
-export([f/0]).
f() -> Unused = 1, undefined_variable(X).
X
cat >"$work/script" <<'X'
#!/usr/bin/env escript
%% a comment
%%! -smp auto +S 1
main([Status]) -> io:format("~p ~p~n", [escript:script_name(), erlang:system_info(schedulers)]), halt(list_to_integer(Status));
main(Args) -> io:format("~p~n", [Args]).
X
same erlc wrong.erl
same erlc no_such_file.erl
same erlc -pa
same escript script 5
same escript script a b c
same escript -s script
same escript no_such_file
same escript
mkdir "$work/real" "$work/own"
(cd "$work" && erlc +deterministic -o real hello.erl && "$bin/erlc" +deterministic -o own hello.erl) || fail "erlc failed"
cmp "$work/real/hello.beam" "$work/own/hello.beam" || fail "the compiled file differs"
