%% erlang:display/1 has a format of its own.
-module(display_terms).
-export([main/0]).

main() ->
    [erlang:display(T) || T <-
        [a, 'B', 'a b', '', 'it\'s', "abc", "", [0, 1], [97 | b], [200], "a\nb", <<"abc">>, <<1, 255>>, <<>>, <<3:5>>,
         <<1, 2, 3:5>>, <<"a\"b\\">>, 1.0, 1.0e100, 1.0e-5, -0.0, 0.1, 123456.789, 12345678901234567890, -1,
         -(1 bsl 64), {a, [b, {c}]}, [[]], [[], [1]], #{}, #{a => 1}, #{1 => 2, 3 => 4}, fun lists:map/2, [a, b | c],
         {}, [{}], true, lists:seq(1, 100), erlang:make_tuple(20, x), 'åäö', 'λ', [65, 66, a]]].
