%% Conversions: integers, floats, atoms, lists, binaries.
-module(conversions).
-export([run/0]).

run() -> loop(250000, 0).

loop(0, A) -> A;
loop(N, A) ->
    I = list_to_integer(integer_to_list(N * 7919)),
    J = binary_to_integer(integer_to_binary(I)),
    F = list_to_float(float_to_list(N / 7, [short])),
    K = atom_to_list(list_to_existing_atom("loop")),
    T = tuple_to_list(list_to_tuple([I, J, K])),
    B = binary_to_list(list_to_binary([K, $x, K])),
    loop(N - 1, (A + J + trunc(F) + length(T) + length(B)) band 16#FFFFFFF).
