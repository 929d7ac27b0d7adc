# Where addresses are limited, joist takes less room for literals, and runs all the same.
. test/cli/lib.bash
case "${PRESET:-release}" in asan|tsan) exit 0 ;; esac  # the sanitizers need terabytes of addresses
compile limited <<'X'
-module(limited).
-export([main/0]).
main() ->
    Words = [{literal, N, "text"} || N <- lists:seq(1, 100000)],
    persistent_term:put(words, Words),
    erlang:garbage_collect(),
    io:format("~p~n", [persistent_term:get(words) =:= Words]).
X
for kilobytes in 40000000 4000000 2000000; do
  (ulimit -v $kilobytes && run 0 run "$work/limited.beam" && prints true) || fail "with $kilobytes kB of addresses"
done
