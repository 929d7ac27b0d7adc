%% number_cases.erl -- writes number_cases.inc with the results of the `erl` that runs it:
%%   erlc number_cases.erl && erl -noshell -run number_cases main 20 > number_cases.inc
%% A larger count than 20 makes a longer table.
-module(number_cases).
-export([main/1]).

main([Count]) ->
    rand:seed(exsss, {1, 2, 3}),
    N = list_to_integer(Count),
    io:format("// Written by number_cases.erl.~n"),
    [binary(Op, integer(), integer())
     || Op <- ['+', '-', '*', 'div', 'rem', 'band', 'bor', 'bxor', '/'], _ <- times(N)],
    [binary(Op, integer(), rand:uniform(300) - 150) || Op <- ['bsl', 'bsr'], _ <- times(2 * N)],
    Shifts = [1 bsl 64, -(1 bsl 64), 1 bsl 61, -(1 bsl 61), 40000000, -40000000],
    [binary(Op, integer(), one_of(Shifts)) || Op <- ['bsl', 'bsr'], _ <- times(N div 4)],
    [line(Op, integer(), fun(X) -> text(erlang:Op(X)) end) || Op <- ['bnot', abs, float], _ <- times(N)],
    [line(neg, integer(), fun(X) -> text(-X) end) || _ <- times(N)],
    [binary(Op, float(), one_of([integer(), float()])) || Op <- ['+', '-', '*', '/'], _ <- times(N)],
    [line(Op, one_of([float(), float(integer()) + 0.5]), fun(X) -> text(erlang:Op(X)) end)
     || Op <- [trunc, round, floor, ceil], _ <- times(N)],
    [begin
         A = integer(),
         line(cmp, A, one_of([integer(), float(integer()), float(A), float()]), fun order/2)
     end || _ <- times(4 * N)],
    [line(short, printable(), fun(X) -> float_to_list(X, [short]) end) || _ <- times(4 * N)],
    [line(Op, printable(), rand:uniform(20) - 1, fun(X, D) -> float_to_list(X, [{Op, D}]) end)
     || Op <- [decimals, scientific], _ <- times(2 * N)],
    [line(compact, printable(), rand:uniform(20) - 1,
          fun(X, D) -> float_to_list(X, [{decimals, D}, compact]) end)
     || _ <- times(2 * N)],
    [line(text, integer(), rand:uniform(35) + 1, fun erlang:integer_to_list/2) || _ <- times(2 * N)],
    halt().

times(N) -> lists:seq(1, N).
one_of(L) -> lists:nth(rand:uniform(length(L)), L).

binary(Op, A, B) -> line(Op, A, B, fun(X, Y) -> text(erlang:Op(X, Y)) end).
line(Op, A, F) -> line(Op, A, 0, fun(X, _) -> F(X) end).
line(Op, A, B, F) ->
    Result = try F(A, B) catch error:Reason -> atom_to_list(Reason) end,
    io:format("\"~s ~s ~s ~s\\n\"~n", [Op, text(A), text(B), Result]).

text(X) when is_integer(X) -> integer_to_list(X);
text(X) when is_float(X) -> float_to_list(X, [{scientific, 20}]).

order(A, B) when A < B -> "-1";
order(A, B) when A > B -> "1";
order(_, _) -> "0".

%% Half of the time a number around a power of two where representations change.
integer() ->
    Edges = [(1 bsl E) + D || E <- [59, 60, 61, 62, 63, 64, 65, 127, 128, 192], D <- [-1, 0, 1]] ++
        [0, 1, 2, 3, 7, 10, 255, 12345678901234567, (1 bsl 128) * 3 + 5, (1 bsl 200) - (1 bsl 100)],
    Random = case rand:uniform(8) of
                 1 -> 0;
                 2 -> rand:uniform(1000);
                 _ -> rand:uniform(1 bsl rand:uniform(400))
             end,
    one_of([1, -1]) * one_of([Random, one_of(Edges)]).

float() ->
    Exponent = rand:uniform(400) + 823,
    <<Sign:1, _:11, Mantissa:52>> = rand:bytes(8),
    <<F/float>> = <<Sign:1, Exponent:11, Mantissa:52>>,
    F.

printable() ->
    one_of([float(),
            rand:uniform() * math:pow(10, rand:uniform(20)),
            rand:uniform(1000000) / math:pow(10.0, rand:uniform(12) - 3),
            rand:uniform(100) * math:pow(10.0, rand:uniform(40) - 20)]).
