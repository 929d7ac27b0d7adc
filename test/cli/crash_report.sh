# A program that crashes: exit status 1, the reason and where.
. test/cli/lib.bash
compile crashing <<'X'
-module(crashing).
-export([start/0, deep/1]).
start() -> [deep(erlang:self())].
deep(X) -> {ok, 1 = X}.
X
run 1 run "$work/crashing.beam"
cat "$out" "$err" >"$work/all"; cp "$work/all" "$err"
complains badmatch; complains crashing; complains deep
grep -qE 'line,? ?4|crashing.erl:4|crashing.erl, line 4' "$err" || fail "no line number"
