# Pipes, files and nothing as standard input and output: erl and joist's erl write the same.
. test/cli/lib.bash
export LC_ALL=C.UTF-8

with() {
  local E=$1
  echo '1+2. lists:seq(1,3).' | $E 2>&1 | sed 's/\[.*//'; echo "status ${PIPESTATUS[1]}"
  printf 'io:get_line("x> ").\nabc\nhalt(3).\n' | $E 2>&1 | sed 's/\[.*//'; echo "status ${PIPESTATUS[1]}"
  printf 'line1\nline2' | $E -noshell -eval 'F=fun(G)->case io:get_line("") of eof->halt(); L->io:format("got ~p~n",[L]),G(G) end end,F(F).'
  $E -noshell -eval 'io:format("~p~n",[io:get_line("")]),halt().' </dev/null
  echo 'a term.' >"$work/term"
  $E -noshell -eval 'io:format("~p~n",[io:read("")]),halt().' <"$work/term"
  $E -noshell -eval 'io:put_chars(lists:duplicate(300000,$x)),halt(0).' | wc -c
  { $E -noshell -eval 'io:put_chars(standard_error,"err\n"),io:put_chars("out\n"),init:stop(7).' | sed 's/^/1: /'; echo "status ${PIPESTATUS[0]}"; } 2>&1
  printf 'h\xc3\xa5j\n' | $E -noshell -eval 'io:setopts([binary,{encoding,latin1}]),io:format("~p~n",[io:get_line("")]),io:format("~p~n",[lists:sort(io:getopts())]),halt().'
  $E -noshell -eval 'io:format("~p~n",[[io:columns(),io:rows(),io:getopts()]]),halt().' </dev/null
  (sleep 0.2; echo a; sleep 0.2; echo b) | $E -noshell -eval 'io:format("~p~n",[[io:get_line(""),io:get_chars("",1),io:get_line(""),io:get_line("")]]),halt().'
  # Whether the log line about the closed descriptor comes out before the end is a matter of time.
  $E -noshell -eval 'io:format("x~n"),halt().' <&- | sed '/^=ERROR REPORT/,/^$/d; /^$/d'; echo "status ${PIPESTATUS[0]}"
  $E -noshell -eval 'halt().' >&-; echo "status $?"
  $E -noshell -eval 'io:format("~ts~n",[[229,8364]]),halt().' </dev/null
}
with erl >"$work/erl" 2>&1
with "$(dirname "$JOIST")/erl" >"$work/joist" 2>&1
diff "$work/erl" "$work/joist"
