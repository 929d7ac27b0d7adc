# Starting is quick: `joist run` of a greeting, start to end, and `erl -noshell -eval 'halt().'`, which takes at most half
# the time of the real one. The bounds are loose, for machines that are busy; the aim of the first is 10 ms.
. test/cli/lib.bash
[ "${PRESET:-release}" = release ] || exit 0
bin=$(dirname "$JOIST")
compile quick <<'X'
-module(quick).
-export([start/0]).
start() -> io:format("hello~n").
X

# fastest PROGRAM ARGUMENT...: milliseconds that it takes, the least of ten times; by TIMEFORMAT's first number, or the
# sum of two.
fastest() {
  local best=100000 first second took
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    read -r first second < <({ time timeout 20 "$@" </dev/null >/dev/null 2>&1; } 2>&1)
    took=$((10#${first/./})); [ -n "$second" ] && took=$((took + 10#${second/./}))
    [ "$took" -lt "$best" ] && best=$took
  done
  echo "$best"
}

# Processor time, which other programs on the machine disturb less than they do the time on the clock.
TIMEFORMAT='%U %S'
hello=$(fastest "$JOIST" run "$work/quick.beam")
echo "hello took $hello milliseconds of processor time"
[ "$hello" -lt 30 ] || fail "hello took $hello milliseconds of processor time"

TIMEFORMAT=%R
own=$(fastest "$bin/erl" -noshell -eval 'halt().')
real=$(fastest erl -noshell -eval 'halt().')
echo "joist $own milliseconds, erl $real"
[ $((100 * own)) -lt $((65 * real)) ] || fail "starting takes $own milliseconds, that of erl $real"
