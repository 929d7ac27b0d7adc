%% options: +r24
%% The same mixture of everything, compiled for OTP 24.
-module(r24_mixture).
-export([main/0]).

main() -> mixture:run(fun work/1).

-include("mixture.hrl").
