# Erlang/OTP 27, unpacked where JOIST_NEWER_OTP says, boots with its own shell, compiler and terminal.
. test/cli/lib.bash
otp=${JOIST_NEWER_OTP:-}
[ -d "${otp:-/none}/releases/27" ] || skip "JOIST_NEWER_OTP names no unpacked Erlang/OTP 27"
bin=$(dirname "$JOIST")
erl_27() { (cd "$work" && timeout 30 "$bin/erl" -root "$otp" "$@" >"$out" 2>"$err"); }
erl_27 -noshell -eval 'io:format("~s ~ts~n", [erlang:system_info(otp_release), [955]]), halt(3).'
[ $? -eq 3 ] || fail "exit status"
prints "27 "
erl_27 -noshell -eval '
  io:format("~s~n", [json:encode(#{list => [1, 2.5, <<"x">>, true, null]})]),
  io:format("~p~n", [json:decode(<<"{\"a\":[1,-2e3,\"\\u00e9\"]}">>)]), halt().'
prints '{"list":[1,2.5,"x",true,null]}'
prints '#{<<"a">> => [1,-2.0e3,'
# Maps list their keys by the numbers of atoms, large ones and tables by the hash of this OTP; zeros have signs.
erl_27 -noshell -eval '
  M = #{zebra_1 => 1, yak_1 => 2, true => 3, error => 4, 7 => 5},
  Zeros = [list_to_float("0.0"), list_to_float("-0.0")],
  io:format("~w ~w~n", [M, [M < M#{yak_1 := 3}, maps:from_list([{Z, 1} || Z <- Zeros]), lists:usort(Zeros)]]),
  Large = maps:from_list([{I, 1} || I <- lists:seq(1, 40)]),
  T = ets:new(t, []), ets:insert(T, [{I} || I <- lists:seq(1, 10)]),
  io:format("~w ~w~n", [lists:sublist(maps:keys(Large), 8), ets:tab2list(T)]), halt().'
prints '#{7 => 5,true => 3,error => 4,zebra_1 => 1,yak_1 => 2} [true,#{-0.0 => 1,0.0 => 1},[0.0]]'
prints '[39,22,26,27,5,21,30,16] [{9},{8},{1},{7},{4},{6},{3},{2},{10},{5}]'
# Settings and flags of its emulator.
erl_27 +pad true +hmaxib true +zhft 10 -noshell -eval '
  S = [erlang:system_info(K) || K <- [async_dist, halt_flush_timeout, time_offset, nif_version, compat_rel, process_limit]],
  io:format("~w~n~w~n", [S, [process_info(self(), async_dist), maps:get(include_shared_binaries, erlang:system_info(max_heap_size))]]),
  io:format("~w ~w~n", [[maps:get(include_shared_binaries, element(2, process_info(self(), max_heap_size)))], catch binary:copy(<<1:3>>, 0)]),
  process_flag(trap_exit, true), {P, M} = spawn_monitor(fun() -> erlang:exit_signal(self(), own), receive after infinity -> ok end end),
  receive {_, M, _, P, R} -> io:format("~w~n", [R]) end, erlang:halt(3, [{flush_timeout, 1000}]).'
[ $? -eq 3 ] || fail "exit status"
prints "[true,10,volatile,[50,46,49,55],27,1048576]"
prints '[{async_dist,true},true]'
prints "[true] {'EXIT',{badarg,"
prints own
erl_27 +zhft -1
[ $? -eq 1 ] || fail "exit status"
complains 'Invalid halt flush timeout -1'
complains '-hmaxib bool   enable or disable including off-heap binaries into max heap size (default false)'
complains 'valid range [25-27]'
echo 'hello' | erl_27 -noshell -eval 'io:format("~p~n", [io:get_line("")]), io:format("~p~n", [io:get_line("")]), halt().'
prints '"hello\n"'; prints eof
# The shell reads its own records by beam_lib, which asks for the sizes of match contexts.
printf 'A = 6 * 7.\nf(A).\nA = maps:sum.\nrr(erl_lint) =/= [].\n' | erl_27
prints 42
prints true
own=$PWD/test/erlang/otp27
erl_27 -noshell -pa "$own" -s otp27_trace_sessions main -s init stop
cmp -s "$out" "$own/otp27_trace_sessions.expect" || fail "trace sessions: $(cat "$out")"
cat >"$work/new.erl" <<'E'
-module(new).
-moduledoc "Triple-quoted strings, sigils, maybe, maps comprehensions.".
-export([main/0]).
main() ->
    Text = """
      two
      lines
      """,
    M = #{K => V * 2 || K := V <- #{ok => 1, error => 2}},
    R = maybe {ok, X} ?= {ok, 5}, X + 1 end,
    io:format("~p~n", [{Text, ~"sigil", M, R, is_pid(whereis(user))}]).
E
erl_27 -noshell -eval 'io:format("~p~n", [c:c(new)]), new:main(), halt().'
prints '{"two\nlines",<<"sigil">>,#{error => 4,ok => 2},6,true}'
# Elixir, unpacked beside that OTP: projects are made, compiled, tested, run and released. Its Mix asks other Mixes of the
# machine by sockets.
elixir=${JOIST_NEWER_ELIXIR:-$otp/../elixir}
if [ -x "$elixir/bin/mix" ]; then
  mkdir "$work/path"
  printf '#!/bin/sh\nexec "%s/erl" -root "%s" "$@"\n' "$bin" "$otp" >"$work/path/erl"
  chmod +x "$work/path/erl"
  step() { (cd "$work/${project:-}" && HOME=$work MIX_HOME=$work/mix HEX_OFFLINE=1 LC_ALL=C.UTF-8 PATH="$work/path:$elixir/bin:$PATH" timeout 120 "$@" >"$out" 2>"$err") || fail "$*: exit status $?"; }
  step mix new sample
  prints 'Your Mix project was created successfully'
  project=sample
  sed -i 's/deps: deps()/deps: deps(), releases: [sample: [cookie: "a"]]/' "$work/sample/mix.exs"
  step mix compile
  prints 'Generated sample app'
  step mix test
  prints '1 doctest, 1 test, 0 failures'
  step mix run -e 'IO.inspect({Sample.hello(), System.version() > "1.18"})'
  prints '{:world, true}'
  step mix release
  prints 'Release created at _build/dev/rel/sample'
fi
needs_terminals
tmux -V >/dev/null 2>&1 || skip "no tmux"
session=joist27-$$
tmux -L "$session" new-session -d -x 80 -y 20 "env TERM=xterm LC_ALL=C.UTF-8 '$bin/erl' -root '$otp'" || fail "no tmux session"
trap 'tmux -L "$session" kill-server 2>/dev/null; rm -rf "$work"' EXIT
screen() { tmux -L "$session" capture-pane -p >"$out"; }
shows() { for _ in $(seq 100); do screen; grep -qF -- "$1" "$out" && return; sleep 0.1; done; fail "the screen lacks: $1"; }
shows '1>'
tmux -L "$session" send-keys 'lists:sum([1,2,4]' Left Right ').' Enter
shows '7'
tmux -L "$session" send-keys 'lists:revers' Tab
shows 'lists:reverse('
tmux -L "$session" send-keys '[1]).' Enter
shows '3>'
tmux -L "$session" send-keys Up
sleep 0.5
tmux -L "$session" send-keys Up
sleep 0.5
tmux -L "$session" send-keys Enter
shows '4>'
tmux -L "$session" send-keys 'q().' Enter
sleep 1
