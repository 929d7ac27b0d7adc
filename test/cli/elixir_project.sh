# An Elixir project (supervision tree, servers, tasks, registry, doctests) is built and tested with Debian's mix.
. test/cli/lib.bash
case "$PRESET" in release|debug) ;; *) exit 0 ;; esac  # minutes in the checked builds
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r test/elixir/depot "$dir"
cd "$dir/depot"
export PATH="$(cd "$(dirname "$JOIST")" && pwd):$PATH" MIX_HOME="$dir/home" HEX_OFFLINE=1
mix test --seed 1 >"$dir/out" 2>&1 || { cat "$dir/out"; exit 1; }
grep -q '^3 doctests, 10 tests, 0 failures$' "$dir/out" || { cat "$dir/out"; exit 1; }
