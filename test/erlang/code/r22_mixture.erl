%% options: +r22
%% The same mixture of everything, compiled for OTP 22.
-module(r22_mixture).
-export([main/0]).

main() -> mixture:run(fun work/1).

-include("mixture.hrl").
