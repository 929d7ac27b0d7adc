%% Large maps list their keys by hash; the hashes of atoms are those of OTP, too, for the atoms that the emulator knows.
-module(map_order).
-export([main/0]).

main() ->
    Functions = [{is_atom, 1}, {is_binary, 1}, {is_bitstring, 1}, {is_float, 1}, {is_function, 1}, {is_integer, 1},
                 {is_list, 1}, {is_map, 1}, {is_number, 1}, {is_pid, 1}, {is_port, 1}, {is_reference, 1},
                 {is_tuple, 1}, {node, 0}, {node, 1}, {self, 0}, {hd, 1}, {tl, 1}, {length, 1}, {'+', 1}, {'+', 2},
                 {'-', 1}, {'-', 2}, {'*', 2}, {'/', 2}, {'div', 2}, {'rem', 2}, {'band', 2}, {'bor', 2},
                 {'bxor', 2}, {'bnot', 1}, {'<', 2}, {'>', 2}, {'=<', 2}, {'>=', 2}, {'==', 2}, {'=:=', 2},
                 {'/=', 2}, {'=/=', 2}, {floor, 1}, {ceil, 1}, {round, 1}, {apply, 2}],
    keys(Functions),
    keys([Name || {Name, _} <- Functions]),
    keys([{[Name], #{Name => Arity}} || {Name, Arity} <- Functions]).

keys(Keys) ->
    io:format("~p~n", [maps:keys(maps:from_list([{Key, 1} || Key <- Keys]))]).
