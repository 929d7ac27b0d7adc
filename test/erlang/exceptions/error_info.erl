%% Failing BIFs say which argument is wrong: error_info in the trace, formatted by erl_erts_errors.
-module(error_info).
-export([main/0]).

main() ->
    Calls = [{erlang, element, [0, {a}]}, {erlang, element, [a, {a}]}, {erlang, element, [1, a]},
             {erlang, list_to_integer, ["x"]}, {erlang, list_to_integer, [a]}, {erlang, atom_to_list, [1]},
             {erlang, binary_to_atom, [<<255>>, utf8]}, {erlang, list_to_existing_atom, ["never seen atom 1"]},
             {erlang, hd, [[]]}, {erlang, tl, [a]}, {erlang, length, [[a | b]]}, {erlang, tuple_size, [[]]},
             {erlang, map_size, [1]}, {erlang, map_get, [a, #{}]}, {erlang, setelement, [3, {a}, b]},
             {erlang, list_to_binary, [[300]]}, {erlang, iolist_size, [a]}, {erlang, binary_part, [<<1>>, 3, 1]},
             {erlang, spawn, [1]}, {erlang, register, [a, b]}, {erlang, register, [undefined, self()]},
             {erlang, unregister, [nobody_here]}, {erlang, whereis, [1]}, {erlang, send, [a_name_of_nobody, x]},
             {erlang, link, [a]}, {erlang, monitor, [process, 1]}, {erlang, demonitor, [a]}, {erlang, exit, [a, b]},
             {erlang, process_flag, [nope, 1]}, {erlang, process_info, [self(), nope]}, {erlang, start_timer, [-1, self(), x]},
             {erlang, cancel_timer, [a]}, {erlang, abs, [a]}, {erlang, '+', [a, 1]}, {erlang, 'div', [1, 0]},
             {erlang, '!', [x, y]}, {erlang, 'not', [1]}, {erlang, float, [a]}, {erlang, trunc, [a]},
             {erlang, binary_to_term, [<<1>>]}, {erlang, make_tuple, [-1, a]}, {erlang, float_to_list, [1, []]},
             {erlang, integer_to_list, [1, 99]}, {erlang, apply, [a, b]}, {erlang, md5, [a]}, {erlang, fun_info, [a, b]},
             {lists, keyfind, [a, 0, []]}, {lists, member, [a, b]}, {lists, reverse, [a]}, {lists, nth, [0, [a]]},
             {maps, get, [a, #{}]}, {maps, get, [a, b]}, {maps, put, [a, b, c]}, {maps, merge, [#{}, a]},
             {maps, from_list, [a]}, {maps, remove, [a, b]}, {binary, at, [<<1>>, 1]}, {binary, part, [<<1>>, 1, 1]},
             {binary, copy, [<<1>>, -1]}, {binary, match, [<<1>>, <<>>]}, {binary, split, [a, <<1>>]},
             {ets, lookup, [no_such_table, k]}, {ets, insert, [no_such_table, {k}]}, {ets, new, [a, [bad]]},
             {math, sqrt, [-1]}, {math, log, [a]}, {unicode, characters_to_binary, [a]},
             {persistent_term, get, [no_such_key_at_all]}, {io, format, ["~p", []]}],
    [show(M, F, A) || {M, F, A} <- Calls].

show(M, F, A) ->
    try apply(t:id(M), F, A) of
        V -> io:format("~w:~w ~0p~n", [M, F, V])
    catch Class:Reason:Stack ->
        [{M2, F2, A2, Info} | _] = Stack,
        Where = proplists:get_value(error_info, Info),
        Text = if Where =:= undefined -> none;
                  true ->
                      Module = maps:get(module, Where, M2),
                      Function = maps:get(function, Where, format_error),
                      lists:sort(maps:to_list(Module:Function(Reason, Stack)))
               end,
        Args = if is_list(A2) -> [case is_pid(X) of true -> pid; false -> X end || X <- A2]; true -> A2 end,
        io:format("~w:~w ~w ~0p ~w:~w ~0p ~0p~n   ~0tp~n", [M, F, Class, Reason, M2, F2, Args, Where, Text])
    end.
