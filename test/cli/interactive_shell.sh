# Typing into the shell on a terminal: the screens are erl's. What it evaluates and prints.
. test/cli/lib.bash
command -v tmux >/dev/null || exit 77
needs_terminals
python3 test/cli/helpers/shell_sessions.py "$(dirname "$JOIST")/erl" arithmetic records modules printing processes names stop "end by q"
