# disasm shows generic and threaded code of one function or all; inspect every table and chunk.
. test/cli/lib.bash
compile shown <<'X'
-module(shown).
-export([f/1, f/2]).
f(X) -> lists:reverse(X).
f(X, Y) -> [X + Y | g(<<"text">>)].
g(T) -> [{T, "literal"}].
X
run 0 disasm "$work/shown.beam" f/1
prints 'f/1:'; prints 'call_ext_only 1 lists:reverse/1'; prints 'threaded:'; prints 'call_ext_only export=lists:reverse/1'
grep -q 'f/2:' "$out" && fail "f/2 is shown too"
run 0 disasm --generic "$work/shown.beam" f
prints 'f/1:'; prints 'f/2:'; prints 'func_info shown f 2'
grep -q 'threaded:' "$out" && fail "threaded code is shown too"
run 0 disasm --threaded "$work/shown.beam"
prints 'g/1:'; prints 'func_info module=shown function=g arity=1'
run 2 disasm "$work/shown.beam" h/1; complains 'no function h/1'
run 2 disasm "$work/shown.beam" f/x; complains "'x' is no arity"
run 2 disasm "$work"; complains 'cannot read'
run 0 inspect "$work/shown.beam" all
for table in atoms imports exports locals lambdas literals strings lines types attributes compile code; do prints "$table:"; done
prints 'lists:reverse/1'; prints 'call_ext_only 1 lists:reverse/1'
run 0 inspect "$work/shown.beam" CInf Code; prints '{version,'; prints '00 00 00 10'
run 2 inspect "$work/shown.beam" Nope; complains 'no chunk Nope'
