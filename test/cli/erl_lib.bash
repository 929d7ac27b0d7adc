# erl_lib.bash -- same PROGRAM ARGUMENT...: the real PROGRAM and joist's print the same and end the same way.
. test/cli/lib.bash
bin=$(dirname "$JOIST")

# only=PATTERN in front compares the lines that match it, and the exit status.
# Times differ; the folder that a crash dump goes to does not matter.
settle() { sed -E 's/[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}::[0-9:.]+/DATE/' | grep -E "${only:-}|^status "; }

same() {
  local program=$1 status; shift
  (cd "$work" && timeout 120 "$program" "$@" >.real.out 2>.real.err <"${input:-/dev/null}"; echo "status $?" >>.real.out)
  (cd "$work" && timeout $((40 * ${SLOWDOWN:-1})) "$bin/$program" "$@" >.own.out 2>.own.err <"${input:-/dev/null}"; echo "status $?" >>.own.out)
  local stream
  for stream in out err; do
    settle <"$work/.real.$stream" >"$work/.real"; settle <"$work/.own.$stream" >"$work/.own"
    cmp -s "$work/.real" "$work/.own" || { echo "$program $*"; diff "$work/.real" "$work/.own" | head -20; exit 1; }
  done
}
