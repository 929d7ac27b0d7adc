-module(plain_mixture).
-export([main/0]).

main() -> mixture:run(fun work/1).

-include("mixture.hrl").
