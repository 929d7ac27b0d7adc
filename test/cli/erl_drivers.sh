# Drivers in C, against OTP's erl_driver.h: loading, unloading and reloading them, and what they can do.
. test/cli/erl_lib.bash
include=/usr/lib/erlang/usr/include
[ -e $include/erl_driver.h ] || skip "this machine has no erl_driver.h"
cc=$(command -v cc || command -v clang-19) || skip "this machine has no C compiler"
driver() { local name=$1; shift; "$cc" -shared -fPIC -w -I$include -o "$work/$name.so" "$@" test/nif/driver_test.c || fail "cc"; }
echo 'int nothing;' >"$work/empty.c" && "$cc" -shared -fPIC -o "$work/driver_no_init.so" "$work/empty.c"
driver driver_wrong_name -DFLAGS=0
driver driver_old -DFLAGS=0 -DDRIVER='"driver_old"' -DMAJOR=1 -DMINOR=0
driver driver_new -DFLAGS=0 -DDRIVER='"driver_new"' -DMAJOR=3 -DMINOR=99
cp test/nif/driver_test.erl "$work"
(cd "$work" && erlc driver_test.erl) || fail "erlc"
# With a lock for all ports of the driver, and with one for each.
for flags in 0 ERL_DRV_FLAG_USE_PORT_LOCKING; do
  driver driver_test -DFLAGS=$flags
  same erl -noshell -eval 'driver_test:main(), halt().'
done
