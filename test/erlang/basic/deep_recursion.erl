%% except: adversarial   (a collection of millions of words at each reservation takes minutes)
%% Stacks of a million frames, in functions, lists:foldr, nested terms, comparison, printing depth.
-module(deep_recursion).
-export([main/0]).

main() ->
    t:p(count(1000000)), t:p(length(build(500000))), t:p(lists:foldr(fun(X, A) -> X + A end, 0, lists:seq(1, 300000))),
    T = nest(200000, leaf), t:p(T =:= nest(200000, leaf)), t:p(T < nest(200001, leaf)), t:p(erlang:phash2(T) =:= erlang:phash2(nest(200000, leaf))),
    t:p(erts_debug:flat_size(T)), S = self(), spawn(fun() -> S ! T end), t:p(receive U -> U =:= T end), t:p(byte_size(term_to_binary(T))), t:p(binary_to_term(term_to_binary(T)) =:= T),
    L = deep_list(100000, []), t:p(lists:flatten(L)), t:p(iolist_size(deep_list(100000, "x"))), t:p(byte_size(iolist_to_binary(deep_list(100000, <<"y">>)))), t:p(catch deep_throw(200000)).

count(0) -> 0;
count(N) -> 1 + count(N - 1).
build(0) -> [];
build(N) -> [N | build(N - 1)].
nest(0, T) -> T;
nest(N, T) -> nest(N - 1, {N, [T]}).
deep_list(0, L) -> L;
deep_list(N, L) -> deep_list(N - 1, [L]).
deep_throw(0) -> throw(from_the_deep);
deep_throw(N) -> {deep_throw(N - 1)}.
