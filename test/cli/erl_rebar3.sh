#!/usr/bin/env bash
# rebar3 does on joist what it does on the real erl: the same output, exit status and files, from `new` to a release.
. test/cli/erl_lib.bash
command -v rebar3 >/dev/null || skip "this machine has no rebar3"
erl -noshell -eval 'halt(case [M || M <- [ct_run, eunit, xref, edoc, systools, cover], code:which(M) =:= non_existing] of [] -> 0; _ -> 1 end).' ||
  skip "this machine lacks applications that rebar3 uses"
export HOME=$work REBAR_OFFLINE=1 REBAR_COLOR=none
: >"$out" >"$err"

# What the steps run in; both ways get a folder of the same name.
cat >"$work/steps" <<'X'
step() { echo "### $*"; timeout "$limit" "$@" </dev/null 2>&1; echo "status $?"; }
step rebar3 new
step rebar3 new lib a_lib
step rebar3 new escript tool
step rebar3 new release product
step rebar3 new app demo
step rebar3 nosuch
cd demo
mkdir -p test _checkouts/dep/src
cat >src/demo.erl <<'E'
%% @doc The demo module. Adds <b>numbers</b>.
-module(demo).
-export([add/2, sub/2, bad/1]).
%% @doc Adds.
-spec add(integer(), integer()) -> integer().
add(A, B) -> A + B.
%% @equiv add(A, -B)
sub(A, B) -> A - B.
bad(X) -> lists:nonexistent(X), dep:thing(X).
E
cat >_checkouts/dep/src/dep.app.src <<'E'
{application, dep, [{description, "d"}, {vsn, "1.0"}, {registered, []}, {applications, [kernel, stdlib]}]}.
E
printf -- '-module(dep).\n-export([thing/1]).\nthing(_) -> ok.\n' >_checkouts/dep/src/dep.erl
echo '{deps, []}.' >_checkouts/dep/rebar.config
cat >rebar.config <<'E'
{erl_opts, [debug_info]}.
{deps, [dep]}.
{profiles, [{prod, [{erl_opts, [no_debug_info, warnings_as_errors]}]}]}.
{xref_checks, [undefined_function_calls, undefined_functions, locals_not_used, exports_not_used]}.
{cover_opts, [verbose]}.
E
cat >test/demo_tests.erl <<'E'
-module(demo_tests).
-include_lib("eunit/include/eunit.hrl").
add_test() -> ?assertEqual(3, demo:add(1, 2)).
fail_test() -> ?assertEqual(4, demo:add(1, 2)).
match_test() -> ?assertMatch({ok, _}, {error, demo:sub(1, 2)}).
error_test() -> demo:add(1, a).
throw_test() -> throw({thrown, <<"x">>}).
gen_test_() -> [{"named", ?_assert(true)}, ?_assertNot(false)].
slow_test_() -> {timeout, 0.3, fun() -> timer:sleep(60000) end}.
setup_test_() -> {setup, fun() -> 5 end, fun(5) -> ok end, fun(X) -> [?_assertEqual(5, X), ?_assertEqual(6, X)] end}.
E
printf -- '-module(good_tests).\n-include_lib("eunit/include/eunit.hrl").\nadd_test() -> ?assertEqual(3, demo:add(1, 2)).\n' >test/good_tests.erl
cat >test/demo_SUITE.erl <<'E'
-module(demo_SUITE).
-compile([export_all, nowarn_export_all]).
all() -> [ok, fails, skipped, slow, {group, seq}].
groups() -> [{seq, [sequence], [ok, fails, ok2]}].
init_per_suite(C) -> C.
end_per_suite(_) -> ok.
ok(_) -> 3 = demo:add(1, 2), ok.
ok2(_) -> ok.
fails(_) -> ct:pal("pal ~p", [x]), 4 = demo:add(1, 2).
skipped(_) -> {skip, "no"}.
slow(_) -> ct:timetrap(200), timer:sleep(60000).
E
step rebar3 compile
step rebar3 tree
step rebar3 eunit
step rebar3 eunit --module=good_tests --cover
step rebar3 ct --readable=compact
step rebar3 ct --suite=test/demo_SUITE --case=ok --cover
step rebar3 cover -v
step rebar3 xref
step rebar3 edoc
step rebar3 as prod compile
step rebar3 do clean, compile
printf -- "-module(broken).\nfoo( -> .\n" >src/broken.erl
step rebar3 compile
cd ../tool
step rebar3 escriptize
step _build/default/bin/tool one 'two three'
cd ../product
step rebar3 as prod release
step rebar3 as prod tar
step tar tzf _build/prod/rel/product/product-0.1.0.tar.gz
cd ..
X
# Times and dates; the order in which what runs side by side is told does not occur here.
rebar_output() {
  sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T_ ][0-9:.]+/DATE/g; s/[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}::[0-9:.]+/DATE/; s/<0\.[0-9]+\.0>/PID/g; s/\[?\b[0-9]+\.[0-9]+ ?(s|seconds)\b\]?/TIME/g; s/ok +TIME|TIME ok/ok/; s/\.\.\.ok$/... ok/'
}
files() { (cd "$1" && find . -not -path '*/.cache*' | sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9.]+/DATE/g; s/\.[0-9]+\.html$/.N.html/' | sort); }
go() { (mkdir "$work/here" && cd "$work/here" && limit=$((120 * ${SLOWDOWN:-1})) bash ../steps >"$work/$1.log" 2>&1); mv "$work/here" "$work/$1"; rm -rf "$work/.cache"; }
go real
PATH=$bin:$PATH go own
for way in real own; do rebar_output <"$work/$way.log" >"$work/$way.text"; done
diff "$work/real.text" "$work/own.text" || fail "rebar3 prints something else"
diff <(files "$work/real") <(files "$work/own") || fail "rebar3 makes other files"
[ "$(grep -c '^status 0' "$work/own.text")" -ge 16 ] || fail "few steps succeed"
