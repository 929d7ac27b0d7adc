# Native functions: a library of C against OTP's erl_nif.h, what load_nif says to wrong ones, and OTP's own crypto.
. test/cli/erl_lib.bash
include=/usr/lib/erlang/usr/include
[ -e $include/erl_nif.h ] || skip "this machine has no erl_nif.h"
cc=$(command -v cc || command -v clang-19) || skip "this machine has no C compiler"
library() { local name=$1 source=$2; shift 2; "$cc" -shared -fPIC -I$include -o "$work/$name.so" "$@" "test/nif/$source.c" || fail "cc"; }
library nif_test_1 nif_test -DVERSION=1
library nif_test_2 nif_test -DVERSION=2
library wrong_ok wrong
library wrong_no_init wrong -DNO_INIT
library wrong_null wrong -DNULL_INIT
library wrong_name wrong -DNAME='"other"'
library wrong_new wrong -DMAJOR=3
library wrong_newer wrong -DMINOR=99
library wrong_old wrong -DMAJOR=1
library wrong_variant wrong -DVARIANT='"x"'
library wrong_missing wrong -DFUNCTIONS='{"g",7,one,0}'
library wrong_flags wrong -DFUNCTIONS='{"f",1,one,7}'
library wrong_twice wrong -DFUNCTIONS='{"f",1,one,0},{"f",1,one,0}'
library wrong_undeclared wrong -DFUNCTIONS='{"h",1,one,0}'
library wrong_upgrade wrong -DUPGRADE
library wrong_unlinked wrong -DUNLINKED
cp test/nif/*.erl "$work"
(cd "$work" && erlc ./*.erl) || fail "erlc"
# Each twice: interpreted, and as machine code from the first call on.
for jit in lazy eager; do
  export JOIST_JIT=$jit
  same erl -noshell -eval 'nif_test:main(), halt().'
  same erl -noshell -eval 'wrong_test:main(), halt().'
  same erl -noshell -eval 'crypto_test:main(), halt().'
done
