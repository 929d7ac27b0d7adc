%% Terms as erlang:display/1 and io_lib print them.
-module(printing).
-export([main/0]).

main() ->
    Terms = [a, 'B', 'a b', "abc", "", [0, 1], [97 | b], "åäö", [955], <<"abc">>, <<1, 255>>, <<>>, <<"åäö">>, <<3:5>>,
             <<1, 2, 3:5>>, 1.0, 1.0e100, 1.0e-5, -0.0, 123456789012345678901234567890, {a, [b, {c}]}, [[]], [[], [1]],
             #{}, #{a => 1}, #{{} => [#{}]}, fun lists:map/2, "with \"quotes\" and \\ \n\t", 'quote\'s', $a, [$a, $\e],
             'λ', {"a", 'b', <<"c">>}, [true | false]],
    [io:format("~s~n", [io_lib:format("~w | ~0p", [T, T])]) || T <- Terms, printable(T)],
    [io:format("~w~n", [unicode:characters_to_list(io_lib:format("~tw | ~0tp", [T, T]))]) || T <- Terms],
    t:p(io_lib:format("~p", [lists:duplicate(3, lists:seq(1, 40))])),
    t:p(io_lib:write({a, "b", [c | d]})), t:p(io_lib:write_string("a\"b\n")), t:p(io_lib:write_atom('A b')),
    t:p(io_lib:print({a, "b", lists:seq(1, 50)}, 1, 40, -1)),
    t:p(lists:flatten(io_lib:format("~20w|~-20w|~20p", [{a, b}, {c, d}, {e, f}]))),
    t:p(lists:flatten(io_lib:format("~p", [{record, "a fairly long string here", [list, 'of', atoms, and_more],
                                            #{key => value, "other key" => {tuple, 1, 2, 3}}}]))).

printable(T) -> lists:all(fun(C) -> C < 256 end, lists:flatten(io_lib:format("~tw~0tp", [T, T]))).
