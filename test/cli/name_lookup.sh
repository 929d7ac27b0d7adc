# Names and addresses of hosts: as the real erl finds them, and by joist's own look-up program too.
. test/cli/erl_lib.bash
show='io:format("~p~n", [[inet:gethostname(), inet:gethostbyname("localhost"), inet:getaddr("localhost", inet),
  inet:getaddr("nosuch.invalid", inet), inet:getaddr("nosuch.invalid", inet6), inet:gethostbyaddr({127,0,0,1}),
  inet:getaddrs("127.0.0.1", inet), inet:getaddr("no such", inet), inet:gethostbyaddr({10,255,254,253}),
  net_adm:localhost(), inet_gethost_native:gethostbyname("localhost"),
  inet_gethost_native:gethostbyname("::1", inet6), inet_gethost_native:gethostbyname("127.0.0.1", inet6)]]), halt().'
same erl -noshell -eval "$show"
erl -noshell -eval "$show" >"$work/expected"
JOIST_OTP_ROOT=$bin/joist/otp "$bin/erl" -noshell -eval "$show" >"$out" 2>"$err"
cmp "$out" "$work/expected" || fail "joist's own look-up finds other things"
