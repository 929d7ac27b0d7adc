%% mixture.erl -- runs the mixture of code/mixture.hrl.
-module(mixture).
-export([run/1]).

run(Work) -> [t:p(Work(N)) || N <- [0, 1, 5, 12, 40]], t:p(get(last)), t:e("bad", fun() -> Work(a) end).
