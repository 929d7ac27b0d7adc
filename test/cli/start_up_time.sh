# Hello, start to end, is quick. The bound is loose, for machines that are busy; the aim is 10 ms.
. test/cli/lib.bash
[ "${PRESET:-release}" = release ] || exit 0
compile quick <<'X'
-module(quick).
-export([start/0]).
start() -> io:format("hello~n").
X
# Processor time, which other programs on the machine disturb less than they do the time on the clock.
best=1000
TIMEFORMAT='%U %S'
for _ in 1 2 3 4 5 6 7 8 9 10; do
  read -r user system < <({ time "$JOIST" run "$work/quick.beam" >/dev/null 2>&1; } 2>&1)
  took=$((10#${user/./} + 10#${system/./}))  # milliseconds
  [ "$took" -lt "$best" ] && best=$took
done
echo "hello took $best milliseconds of processor time"
[ "$best" -lt 30 ] || fail "hello took $best milliseconds of processor time"
