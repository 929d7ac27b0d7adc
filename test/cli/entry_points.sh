# Which function 'joist run' calls, and with what.
. test/cli/lib.bash
compile both <<'X'
-module(both).
-export([main/1, start/0, other/0, other/1, three/3]).
main(Args) -> io:format("main ~p~n", [Args]).
start() -> io:format("start~n").
other() -> io:format("other/0~n").
other(Args) -> io:format("other/1 ~p~n", [Args]).
three(_, _, _) -> ok.
X
compile starter <<'X'
-module(starter).
-export([start/0]).
start() -> io:format("started~n").
X
run 0 run "$work/both.beam"; prints 'main []'
run 0 run "$work/starter.beam"; prints 'started'
run 0 run "$work/both.beam" start; prints 'start'
run 0 run "$work/both.beam" main a 'b c'; prints 'main ["a","b c"]'
run 0 run "$work/both.beam" other x; prints 'other/1 ["x"]'
run 0 run -pa "$work" starter; prints 'started'
run 0 run -pa "$work" both main 1 2; prints 'main ["1","2"]'
