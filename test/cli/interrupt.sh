# Ctrl-C ends a program, one that sleeps and one that never rests.
. test/cli/lib.bash
compile waiting <<'X'
-module(waiting).
-export([start/0, spin/0]).
start() -> receive never -> ok end.
spin() -> spin().
X
for fun in start spin; do
  timeout --foreground -k 10 -s INT 1 "$JOIST" run "$work/waiting.beam" "$fun" >"$out" 2>"$err" </dev/null; status=$?
  [ "$status" -eq 124 ] || [ "$status" -eq 130 ] || fail "$fun: status $status after an interrupt"
done
