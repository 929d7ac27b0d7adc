%% options: +no_bsm_opt +no_type_opt
%% Matching without context reuse.
-module(no_bsm_opt).
-export([main/0]).

main() ->
    t:p(sum(list_to_binary(lists:seq(1, 200)), 0)), t:p(split(<<"a=1;b=2;c">>, [])), t:p(backtrack(<<1, 2, 3, 4>>)), t:p(backtrack(<<1, 2, 9>>)),
    t:p(fields(<<3, "abc", 2:16/little, 7:3, 1:5>>)).

sum(<<X, R/binary>>, A) -> sum(R, A + X);
sum(<<>>, A) -> A.

split(<<>>, Acc) -> lists:reverse(Acc);
split(<<K, "=", V, ";", R/binary>>, Acc) -> split(R, [{K, V} | Acc]);
split(<<K, "=", V>>, Acc) -> split(<<>>, [{K, V} | Acc]);
split(<<_, R/binary>>, Acc) -> split(R, Acc).

backtrack(<<1, 2, 3, X>>) -> {a, X};
backtrack(<<1, 2, R/binary>> = All) -> {b, R, All};
backtrack(B) -> B.

fields(<<N, S:N/binary, V:16/little, A:3, B:5>>) -> {S, V, A, B}.
