# Typing into Elixir's shell on a terminal: the screens, with their colours, are those on the real erl.
. test/cli/lib.bash
case "$PRESET" in release|debug) ;; *) exit 0 ;; esac  # minutes in the checked builds
command -v tmux >/dev/null || exit 77
command -v iex >/dev/null || exit 77
needs_terminals
# Elixir compiles what is typed: where erl takes no time this may.
export SLOWDOWN=$((${SLOWDOWN:-1} * 6))
python3 test/cli/helpers/shell_sessions.py "$(dirname "$JOIST")/erl" "iex values" "iex modules" "iex help" "iex completion" \
  "iex history" "iex jobs" "iex project"
