# A newer OTP that lies unpacked somewhere boots: JOIST_NEWER_OTP names its root (with erts-*, lib and releases).
. test/cli/lib.bash
root=${JOIST_NEWER_OTP:-}
[ -d "$root/releases" ] || exit 77
erl=$(dirname "$JOIST")/erl
release=$(basename "$(ls -d "$root"/releases/[0-9]* | tail -1)")
out=$("$erl" -root "$root" -noshell -eval 'io:format("~s ~p~n", [erlang:system_info(otp_release),
  [A || {A, _, _} <- application:which_applications()]]), halt().' 2>/dev/null)
[ "$out" = "$release [stdlib,kernel]" ] || { echo "it says: $out"; exit 1; }
# Its shell reads and writes through prim_tty; reading beam_lib's own records takes sizes of match contexts.
out=$(printf 'X = lists:sum([1, 2]), rr(erl_lint) =/= [].\nq().\n' | "$erl" -root "$root" 2>&1)
grep -q '^1> true' <<<"$out" || { echo "the shell says: $out"; exit 1; }
