# The operations of the terminal driver write what those of erl's write.
. test/cli/lib.bash
needs_terminals
erlc -o "$work" test/cli/helpers/terminal_operations.erl
python3 test/cli/helpers/terminal_operations.py "$JOIST" "$work" 1 12
