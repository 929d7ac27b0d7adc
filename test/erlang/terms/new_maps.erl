%% Maps made of keys that stand in the program, of every kind and number, in any order.
-module(new_maps).
-export([main/0]).

main() ->
    A = t:id(1), B = t:id([b]), C = t:id(<<"c">>),
    t:p(#{z => A, a => B, m => C}), t:p(#{a => A}),
    t:p(#{<<"b">> => A, <<"a">> => B, "s" => C, {t, 1} => A, 1 => B, 1.0 => C, [] => A, #{} => B, 1 bsl 70 => C}),
    t:p(#{0.0 => A, -0.0 => B, 0 => C}), t:p(#{b => A, b => B, a => C}),
    t:p(#{a => A, t:id(b) => B, c => C}),
    t:p(thirty_two(A)), t:p(map_size(thirty_three(A))),
    %% The keys are shared and stay what they are when the maps change.
    M = #{x => A, y => B}, N = #{x => C, y => A},
    t:p({M#{x := C} =:= #{y => B, x => <<"c">>}, maps:merge(M, N), maps:remove(x, M), M#{w => 1}, M, N, M < N, M =:= t:id(#{y => B, x => A})}),
    t:p(maps:from_list(maps:to_list(M)) =:= M), t:p(binary_to_term(term_to_binary(M)) =:= M),
    %% Many, over collections.
    L = [#{n => I, list => [I], text => <<I:32>>} || I <- lists:seq(1, 20000)],
    t:p(lists:sum([N1 + X || #{n := N1, list := [X], text := <<N1:32>>} <- L])),
    S = self(), spawn(fun() -> S ! #{pid => A, data => {A, B, C}} end),
    t:p(receive R -> R end).

thirty_two(A) ->
    #{k01 => A, k02 => A, k03 => A, k04 => A, k05 => A, k06 => A, k07 => A, k08 => A, k09 => A, k10 => A, k11 => A,
      k12 => A, k13 => A, k14 => A, k15 => A, k16 => A, k17 => A, k18 => A, k19 => A, k20 => A, k21 => A, k22 => A,
      k23 => A, k24 => A, k25 => A, k26 => A, k27 => A, k28 => A, k29 => A, k30 => A, k31 => A, k32 => A}.
thirty_three(A) ->
    #{k01 => A, k02 => A, k03 => A, k04 => A, k05 => A, k06 => A, k07 => A, k08 => A, k09 => A, k10 => A, k11 => A,
      k12 => A, k13 => A, k14 => A, k15 => A, k16 => A, k17 => A, k18 => A, k19 => A, k20 => A, k21 => A, k22 => A,
      k23 => A, k24 => A, k25 => A, k26 => A, k27 => A, k28 => A, k29 => A, k30 => A, k31 => A, k32 => A, k33 => A}.
