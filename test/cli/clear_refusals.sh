# A missing file, a bad file, an unknown function: one clear line, exit status 2.
. test/cli/lib.bash
compile fine <<'X'
-module(fine).
-export([start/0]).
start() -> ok.
X
run 2 run "$work/nowhere.beam"; one_line; complains nowhere
run 2 run no_such_module_anywhere; one_line; complains no_such_module_anywhere
run 2 run "$work/fine.beam" nothing; one_line; complains nothing
head -c 200 "$work/fine.beam" >"$work/short.beam"; run 2 run "$work/short.beam"; one_line; complains short
head -c 500 /dev/zero >"$work/zero.beam"; run 2 run "$work/zero.beam"; one_line; complains zero
: >"$work/empty.beam"; run 2 run "$work/empty.beam"; one_line; complains empty
echo 'not code' >"$work/text.beam"; run 2 run "$work/text.beam"; one_line; complains text
run 2 nonsense-command; complains nonsense-command
