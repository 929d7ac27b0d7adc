# What erl makes of its command line and environment, before anything is started.
. test/cli/erl_lib.bash
printf '# a comment\n-foo bar # another\n"a b" +S 4\n -extra last' >"$work/arguments"
same erl -emu_args_exit a -- +S 2 -- -extra x +S 1 -extra y
same erl -emu_args_exit -x -args_file arguments -y -extra z
same erl -emu_args_exit -compile module.erl
same erl -emu_args_exit +B +Bd +B c +c +c false +K true +fnu +pc unicode +hms 5 +hfoo 7 +Mea min +SDio 5 +IOt 3 +z y
same erl -emu_args_exit -noinput -configfd 0 -env NAME value -proto_dist x -start_epmd false -name a@b
same erl -emu_args_exit +S --
same erl -env
same erl -smp disable
same erl -args_file nothing
ERL_AFLAGS="-first 'a b' +S 1" ERL_FLAGS="-second -extra q" ERL_ZFLAGS="-third" same erl -emu_args_exit -u -extra m
ERL_FLAGS='-b "c d" e\ f x"y z"' same erl -emu_args_exit
ERL_EPMD_PORT=4370 same erl -emu_args_exit a
