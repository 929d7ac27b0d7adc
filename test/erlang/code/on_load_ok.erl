-module(on_load_ok).
-export([main/0]).
-on_load(start/0).

start() ->
    put(loaded, in_loader),
    persistent_term:put(on_load_ok, ran),
    ok.

main() -> t:p(persistent_term:get(on_load_ok)), t:p(get(loaded)).
