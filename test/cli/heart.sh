# heart: the program watches over the VM, hears that a crash dump is written, and runs its command afterwards.
. test/cli/erl_lib.bash
export HEART_COMMAND="echo restarted >>$work/restarts"
settle() { sed -E 's/[A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]+ [0-9:]+ [0-9]{4}/DATE/; s/(heart_beat_kill_pid = |kill -9 )[0-9]+/\1PID/'; }
# The parts of the output that the VM and heart write at the same time come in any order.
heart() {
  (cd "$work" && timeout 20 "$1" -heart -noshell -eval "$2" 2>&1 | cat; rm -f erl_crash.dump) | tr -d '\r' |
    settle | sed 's/heart: DATE: //; s/\.\.\.\(.\)/...\n\1/' | grep . | sort
}
both() { heart erl "$1" >"$out"; heart "$bin/erl" "$1" >"$err"; cmp -s "$out" "$err" || fail "with heart: $1"; }
both 'io:format("~p~n", [{heart:get_cmd(), heart:set_cmd("true"), heart:get_cmd(), heart:clear_cmd(), is_port(whereis(heart_port))}]), halt().'
both 'timer:sleep(100), halt("slogan").'
ERL_CRASH_DUMP_SECONDS=5 both 'timer:sleep(100), halt("slogan").'
ERL_CRASH_DUMP_SECONDS=0 both 'timer:sleep(100), halt("slogan").'
both 'timer:sleep(100), os:cmd("kill -9 " ++ os:getpid()), timer:sleep(5000).'
[ "$(wc -l <"$work/restarts")" -eq 10 ] || fail "heart's command ran $(wc -l <"$work/restarts") times, expected 10"
