%% Iolists: build nested lists, flatten to binaries.
-module(iolists).
-export([run/0]).

run() -> loop(60, 0).

loop(0, A) -> A;
loop(N, A) ->
    L = tree(14, <<"leaf">>),
    B = iolist_to_binary(L),
    loop(N - 1, (A + erlang:crc32(L) + byte_size(B) + iolist_size([L, $x | L])) band 16#FFFFFFF).

tree(0, Leaf) -> Leaf;
tree(N, Leaf) -> [tree(N - 1, Leaf), $,, "ab" | tree(N - 1, Leaf)].
