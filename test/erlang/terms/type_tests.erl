-module(type_tests).
-export([main/0]).

main() ->
    Values = [{small, 1}, {big, 1 bsl 70}, {float, 1.5}, {atom, a}, {true, true}, {false, false}, {nil, []}, {list, [1]},
              {improper, [1 | 2]}, {tuple, {1, 2}}, {empty, {}}, {map, #{}}, {binary, <<1>>}, {bits, <<1:3>>},
              {pid, self()}, {ref, make_ref()}, {'fun', fun(X) -> X end}, {external, fun lists:map/2},
              {tagged, {tag, 1}}],
    [io:format("~w: ~w ~w ~w~n", [N, guards(t:id(V)), bodies(t:id(V)), which(t:id(V))]) || {N, V} <- Values],
    [io:format("~w: ~w~n", [N, [arity(V, A) || A <- [0, 1, 2]]]) || {N, V} <- Values],
    t:e("is_function bad arity", fun() -> is_function(t:id(fun main/0), t:id(-1)) end),
    t:e("is_function bad arity", fun() -> is_function(t:id(a), t:id(b)) end),
    [io:format("~w: ~w~n", [N, record(V)]) || {N, V} <- Values].

guards(X) ->
    [if is_integer(X) -> 1; true -> 0 end, if is_float(X) -> 1; true -> 0 end, if is_number(X) -> 1; true -> 0 end,
     if is_atom(X) -> 1; true -> 0 end, if is_boolean(X) -> 1; true -> 0 end, if is_list(X) -> 1; true -> 0 end,
     if is_tuple(X) -> 1; true -> 0 end, if is_map(X) -> 1; true -> 0 end, if is_binary(X) -> 1; true -> 0 end,
     if is_bitstring(X) -> 1; true -> 0 end, if is_pid(X) -> 1; true -> 0 end,
     if is_reference(X) -> 1; true -> 0 end, if is_port(X) -> 1; true -> 0 end, if is_function(X) -> 1; true -> 0 end].

bodies(X) ->
    [is_integer(X), is_float(X), is_number(X), is_atom(X), is_boolean(X), is_list(X), is_tuple(X), is_map(X),
     is_binary(X), is_bitstring(X), is_pid(X), is_reference(X), is_port(X), is_function(X), is_function(X, 1)].

which(X) when is_integer(X), X > 100 -> large;
which(X) when is_integer(X); is_float(X) -> number;
which([]) -> nil;
which([_ | T]) when is_list(T) -> list;
which([_ | _]) -> improper;
which({}) -> unit;
which({tag, _}) -> tagged;
which({_, _}) -> pair;
which(<<_/binary>>) -> bytes;
which(<<_/bits>>) -> bits;
which(true) -> yes;
which(X) when is_boolean(X) -> no;
which(X) when is_atom(X) -> atom;
which(X) when is_map(X) -> map;
which(X) when is_function(X, 1) -> fun1;
which(X) when is_function(X) -> 'fun';
which(X) when is_pid(X) -> pid;
which(X) when is_reference(X) -> reference;
which(X) when is_port(X) -> port.

arity(F, A) when is_function(F, A) -> yes;
arity(_, _) -> no.

record(R) when is_record(R, tag, 2) -> yes;
record(R) -> is_record(R, t:id(tag), t:id(2)).
