# Typing into the shell on a terminal: the screens are erl's. Line editing, history, completion, jobs.
. test/cli/lib.bash
command -v tmux >/dev/null || exit 77
needs_terminals
python3 test/cli/helpers/shell_sessions.py "$(dirname "$JOIST")/erl" editing "long lines" history completion "job control" reading interrupt "old shell"
