#!/usr/bin/env bash
# cprof, eprof, fprof and dbg show on joist what they show on the real erl.
. test/cli/erl_lib.bash
erlc -o "$work" test/cli/helpers/tracing_tools.erl
same erl -noshell -s tracing_tools main -s erlang halt
