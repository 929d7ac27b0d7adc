%% A module that declares NIFs and loads no library: the Erlang bodies run.
-module(nifs_without_library).
-export([main/0, native/1]).
-nifs([native/1]).
-on_load(load/0).

load() ->
    case erlang:load_nif("/nonexistent/library", 0) of
        {error, {Kind, _}} -> persistent_term:put(nif_kind, Kind), ok;
        ok -> ok
    end.

native(X) -> {fallback, X}.

main() -> t:p(native(t:id(1))), t:p(persistent_term:get(nif_kind)).
