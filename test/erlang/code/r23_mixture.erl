%% options: +r23
%% The same mixture of everything, compiled for OTP 23.
-module(r23_mixture).
-export([main/0]).

main() -> mixture:run(fun work/1).

-include("mixture.hrl").
