# Flags of the emulator.
. test/cli/lib.bash
compile threads <<'X'
-module(threads).
-export([start/0]).
start() -> io:format("~w schedulers~n", [erlang:system_info(schedulers_online)]).
X
run 0 run +S 1 "$work/threads.beam"; prints '1 schedulers'
run 0 run +S 3 "$work/threads.beam"; prints '3 schedulers'
