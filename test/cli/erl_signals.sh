# SIGTERM stops, SIGUSR1 dumps, SIGINT asks, unless +B says otherwise.
. test/cli/erl_lib.bash

# ended SIGNAL FLAGS... -- prints what joist's erl printed and its status when it got SIGNAL.
ended() {
  local signal=$1; shift
  python3 - "$bin/erl" "$signal" "$@" <<'P'
import signal, subprocess, sys
for number in (signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
erl = subprocess.Popen([sys.argv[1], "-noshell", *sys.argv[3:], "-eval", "io:format(\"up~n\"), timer:sleep(4000), halt(7)."],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
assert erl.stdout.readline() == b"up\n"
erl.send_signal(getattr(signal, sys.argv[2]))
text = erl.communicate(timeout=20)[0].decode()
print(text.replace("\r", ""), "status", erl.returncode)
P
}
ended SIGTERM >"$out" 2>"$err"; prints "SIGTERM received - shutting down"; prints "status 0"
ended SIGUSR1 >"$out" 2>"$err"; prints "Received SIGUSR1"; prints "status 1"
ended SIGQUIT >"$out" 2>"$err"; prints "status 0"
ended SIGINT >"$out" 2>"$err"; prints "BREAK: (a)bort (A)bort with dump (c)ontinue"; prints "status 0"
ended SIGINT +Bd >"$out" 2>"$err"; prints "status -2"
ended SIGINT +Bi >"$out" 2>"$err"; prints "status 7"
