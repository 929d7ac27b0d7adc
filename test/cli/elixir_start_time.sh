# From start to end `elixir -e ':ok'` takes at most half the time of the one on the real erl; a little more is let
# pass here, for machines that are busy.
. test/cli/lib.bash
[ "${PRESET:-release}" = release ] || exit 0
bin=$(dirname "$JOIST")
TIMEFORMAT=%R
start() { { time PATH=$1 timeout 20 elixir -e ':ok' </dev/null >/dev/null 2>&1; } 2>&1; }
own=100000 real=100000
for _ in 1 2 3 4 5 6 7 8 9 10; do
  took=$(start "$bin:$PATH"); took=$((10#${took/./})); [ "$took" -lt "$own" ] && own=$took
  took=$(start "$PATH"); took=$((10#${took/./})); [ "$took" -lt "$real" ] && real=$took
done
echo "joist $own milliseconds, erl $real"
[ $((100 * own)) -lt $((65 * real)) ] || fail "starting takes $own milliseconds, that on erl $real"
