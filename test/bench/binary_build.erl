%% Binaries: append byte by byte and field by field.
-module(binary_build).
-export([run/0]).

run() -> [erlang:crc32(bytes(6000000, <<>>)), erlang:crc32(fields(1000000, <<>>)), erlang:crc32(<< <<(X bxor 85), X:16>> || <<X>> <= bytes(1000000, <<>>) >>)].

bytes(0, B) -> B;
bytes(N, B) -> bytes(N - 1, <<B/binary, N>>).

fields(0, B) -> B;
fields(N, B) -> fields(N - 1, <<B/binary, N:16, (N * 3):24/little, (N band 7):4, 1:4>>).
