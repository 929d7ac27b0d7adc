# ct_run runs a suite of Common Test as OTP's does: the same summary, the same log files, the same exit status.
. test/cli/erl_lib.bash
erl -noshell -eval '
  Priv = code:priv_dir(common_test), halt(case code:which(ct_run) of
    File when is_list(File), is_list(Priv) -> case file:read_file_info(filename:join(Priv, "jquery-latest.js")) of {ok, _} -> 0; _ -> 1 end;
    _ -> 1 end).' || skip "this machine has no Common Test"
[ -x "$(erl -noshell -eval 'io:put_chars(os:getenv("BINDIR")), halt().')/epmd" ] || skip "this machine has no epmd"
mkdir "$work/real" "$work/own"
: >"$out" >"$err"
cat >"$work/real/small_SUITE.erl" <<'X'
-module(small_SUITE).
-include_lib("common_test/include/ct.hrl").
-compile([export_all, nowarn_export_all]).
suite() -> [{timetrap, {seconds, 60}}].
all() -> [passes, fails, skipped, slow, {group, g}].
groups() -> [{g, [parallel], [in_group, passes]}].
init_per_suite(Config) -> [{a, 1} | Config].
end_per_suite(_) -> ok.
passes(Config) -> 1 = ?config(a, Config), ct:log("a log entry"), ok.
fails(_) -> ct:pal("before it fails"), list_to_integer("x").
skipped(_) -> {skip, "not today"}.
in_group(_) -> true = is_alive(), ok.
slow(_) -> ct:timetrap(100), receive after infinity -> ok end.
X
cat >"$work/real/fine_SUITE.erl" <<'X'
-module(fine_SUITE).
-compile([export_all, nowarn_export_all]).
all() -> [one, two].
one(_) -> ok.
two(_) -> ok.
X
cp "$work/real"/*.erl "$work/own"
ct_output() {
  sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[_ ][0-9:.]+/DATE/g; s/ct[0-9]*@[a-zA-Z0-9_.-]+\.DATE/NODE.DATE/g; s#/(real|own)/#/#g; s#/(real|own)\b##g; s#\.(real|own)\.#.#g; s/line [0-9]+$/line/; s/\.[0-9]+\.html$/.N.html/'
}
# The same suite, and then one that passes; a suite that does not exist.
node=ct$$
for suite in small_SUITE fine_SUITE no_such_SUITE; do
  (cd "$work/real" && timeout 120 erl -sname "$node" -s ct_run script_start -s erlang halt -suite $suite -logdir . -noshell -noinput >../real.out 2>&1; echo "status $?" >>../real.out)
  (cd "$work/own" && timeout 120 "$bin/ct_run" -sname "$node" -suite $suite -logdir . -noshell -noinput >../own.out 2>&1; echo "status $?" >>../own.out)
  ct_output <"$work/real.out" >"$work/real.text"; ct_output <"$work/own.out" >"$work/own.text"
  diff "$work/real.text" "$work/own.text" || fail "$suite: another output"
done
grep -q 'TEST COMPLETE, 0 ok' "$work/own.text" || grep -q ERROR "$work/own.text" || fail "the missing suite was found"
logs() { (cd "$1" && find . -type f -o -type l | ct_output | sort); }
diff <(logs "$work/real") <(logs "$work/own") || fail "other log files"
