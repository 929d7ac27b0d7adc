# The installed OTP boots: what -eval, -s, -run and init see, and how the VM ends.
. test/cli/erl_lib.bash
compile started <<'X'
-module(started).
-export([s/0, s/1, run/1]).
s() -> io:format("s/0~n").
s(Args) -> io:format("s ~p~n", [Args]).
run(Args) -> io:format("run ~p~n", [Args]).
X
same erl -noshell -noinput -eval 'io:format("hi~n"), halt().'
same erl -noshell -s started s -s started s a 'b c' -run started run a 'b c' -s init stop
same erl -noshell -eval 'io:format("~p~n~p~n", [init:get_arguments(), init:get_plain_arguments()]), halt(7).' -foo a b -- x -extra q
same erl -noshell -eval 'io:format("~p~n", [[code:which(lists), code:root_dir(), code:get_path(), file:get_cwd(),
  application:which_applications()]]), init:stop(4).'
same erl -noshell -boot start_sasl -sasl sasl_error_logger false -eval 'io:format("~p~n", [application:which_applications()]), halt().'
same erl -noshell -mode embedded -eval 'io:format("~p~n", [erlang:function_exported(lists, map, 2)]), halt().'
same erl -noshell -eval 'io:format("~p~n", [[{P, process_info(P, priority), process_info(P, message_queue_data)} ||
  P <- lists:sublist(processes(), 8)]]), halt().'
same erl -noshell -eval 'erlang:display(shown), io:format(standard_error, "error~n", []), halt(0).'
same erl -noshell -eval 'syntax error.'
same erl -noshell -eval 'exit(reason).'
same erl -noshell -eval 'error(reason).'
same erl -noshell -s lists no_such_function
same erl -boot no_such_file
same erl -noshell -eval 'halt("a slogan").'
same erl -noshell -eval 'exit(whereis(erts_code_purger), kill), timer:sleep(5000).'
ERL_CRASH_DUMP_SECONDS=0 same erl -noshell -eval 'halt("no dump").'
ERL_LIBS=$work same erl -noshell -eval 'io:format("~p~n", [code:lib_dir(kernel)]), halt().'

# A dump has what crashdump_viewer looks for.
(cd "$work" && ERL_CRASH_DUMP=dump "$bin/erl" -noshell -eval 'put(key, {value, "text"}), halt("dumped").' >/dev/null 2>&1)
for line in '=erl_crash_dump:0.5' 'Slogan: dumped' '=memory' '=proc:<0.0.0>' 'Name: init' '=proc_dictionary:' '=ets:' \
            '=mod:kernel' '=proc_heap:<0.0.0>' '=end'; do
  grep -qF -- "$line" "$work/dump" || fail "the crash dump lacks: $line"
done

# What the VM calls itself: joist's other builds have no machine code.
[ "${PRESET:-release}" != release ] || {
  same erl -noshell -eval 'io:format("~s~p~n", [erlang:system_info(system_version),
    [erlang:system_info(K) || K <- [emu_flavor, emu_type, otp_release, version]]]), halt().'
  same erl +S 3:2 +SDio 4 +A 7 -noshell -eval 'io:format("~s", [erlang:system_info(system_version)]), halt().'
}
