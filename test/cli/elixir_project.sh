# An Elixir project (supervision tree, servers, tasks, registry, doctests) is built and tested with Debian's mix.
. test/cli/lib.bash
case "$PRESET" in release|debug) ;; *) exit 0 ;; esac  # minutes in the checked builds
export PATH="$(cd "$(dirname "$JOIST")" && pwd):$PATH" MIX_HOME="$work/home" HEX_OFFLINE=1
cp -r test/elixir/depot "$work"
cd "$work/depot"
mix test --seed 1 >"$out" 2>"$err" || fail "mix test ends with status $?"
prints '3 doctests, 10 tests, 0 failures'
