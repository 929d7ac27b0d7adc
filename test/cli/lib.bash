# lib.bash -- for the scripts beside it: a folder of its own, `compile NAME` from standard input, and checks.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/.out err=$work/.err

compile() { cat >"$work/$1.erl" && (cd "$work" && erlc "$1.erl"); }

# run STATUS ARGUMENT... -- runs joist, and fails unless it ends with STATUS.
run() {
  local expected=$1 status; shift
  "$JOIST" "$@" >"$out" 2>"$err" </dev/null; status=$?
  [ "$status" -eq "$expected" ] || fail "joist $*: exit status $status, expected $expected"
}

fail() { echo "$1"; echo "--- stdout"; cat "$out"; echo "--- stderr"; cat "$err"; exit 1; }
prints() { grep -qF -- "$1" "$out" || fail "standard output lacks: $1"; }
complains() { grep -qF -- "$1" "$err" || fail "standard error lacks: $1"; }
one_line() { [ "$(wc -l <"$err")" -eq 1 ] || fail "standard error is not one line"; [ ! -s "$out" ] || fail "standard output is not empty"; }

# For tests of what a machine may lack: neither a pass nor a failure.
skip() { echo "$1"; exit 77; }
needs_terminals() { python3 -c 'import os; os.openpty()' 2>/dev/null || skip "this machine has no pseudo-terminals (/dev/pts)"; }
