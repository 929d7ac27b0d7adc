%% Stack traces of tail calls to BIFs that take their time in several slices: the caller stands in them.
-module(traces_of_long_bifs).
-export([main/0]).

main() ->
    Long = t:id(lists:seq(1, 300000)),
    Improper = t:id(lists:seq(1, 300000) ++ foo),
    Text = t:id(lists:duplicate(100000, "abc") ++ [a]),
    BadBytes = <<131, 108, 0, 3, 0, 0, (binary:copy(<<97, 1>>, 196608))/binary, 255>>,
    trace("binary_to_term", fun() -> decode(t:id(BadBytes)) end),
    trace("iolist_to_binary", fun() -> iolist_to_binary(Text) end),
    trace("iolist_to_binary, with a frame", fun() -> put(a, 1), with_frame(Text) end),
    trace("iolist_size", fun() -> iolist_size(Text) end),
    trace("list_to_bitstring", fun() -> list_to_bitstring(Text) end),
    trace("reverse", fun() -> lists:reverse(Improper, t:id([])) end),
    trace("member", fun() -> lists:member(a, Improper) end),
    trace("append", fun() -> Improper ++ t:id([a]) end),
    trace("length", fun() -> length(Improper) end),
    trace("md5", fun() -> erlang:md5(Text) end),
    %% Those who come to an end give their result to the right place.
    t:p([length(Long), length(count_twice(Long)), byte_size(make(Long))]).

decode(X) -> binary_to_term(X).

with_frame(Text) ->
    X = t:id(Text),
    put(b, t:id(2)),
    iolist_to_binary(X).

count_twice(L) ->
    A = t:id(L),
    _ = t:id(3),
    append(A, A).
append(A, B) -> A ++ B.
make(L) ->
    X = t:id(L),
    _ = t:id(4),
    term_to_binary(X, [{minor_version, 2}]).

%% The frames down to main's fun, without arguments, which are long.
trace(Label, Fun) ->
    try Fun() of _ -> t:p(Label, none)
    catch Class:Reason:Stack ->
        t:p(Label, {Class, Reason, [{M, F, arity(A)} || {M, F, A, _} <- t:frames(Stack)],
                    [length([1 || {line, _} <- I]) || {_, _, _, I} <- t:frames(Stack)]})
    end.

arity(A) when is_list(A) -> length(A);
arity(A) -> A.
