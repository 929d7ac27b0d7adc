-module(wrong).
-export([f/1, h/1, load/2, loop/1]).
-nifs([f/1]).
f(_) -> stub.
h(_) -> stub.
load(Path, Info) -> erlang:load_nif(Path, Info).
%% Loads when this is the old version of the module.
loop(Parent) -> receive go -> Parent ! erlang:load_nif("./wrong_ok", 0), loop(Parent) end.
