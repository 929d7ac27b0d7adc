# Hello, start to end, is quick. The bound is loose, for machines that are busy; the aim is 10 ms.
. test/cli/lib.bash
[ "${PRESET:-release}" = release ] || exit 0
compile quick <<'X'
-module(quick).
-export([start/0]).
start() -> io:format("hello~n").
X
best=1000000
for _ in 1 2 3 4 5 6 7 8 9 10; do
  begin=$(date +%s%N); run 0 run "$work/quick.beam"; end=$(date +%s%N)
  took=$(((end - begin) / 1000)); [ "$took" -lt "$best" ] && best=$took
done
echo "hello took $best microseconds"
[ "$best" -lt 60000 ] || fail "hello took $best microseconds"
