%% options: +no_type_opt +no_ssa_opt_float
-module(no_type_mixture).
-export([main/0]).

main() -> mixture:run(fun work/1).

-include("mixture.hrl").
