%% What built-in functions build is garbage soon, and collected: neither their results on the heap nor binaries outside of
%% it pile up in a loop that builds nothing else, on this thread or on a dirty one.
-module(garbage_of_bifs).
-export([main/0]).

main() ->
    Encoded = term_to_binary([{I, float(I), integer_to_list(I)} || I <- lists:seq(1, 6000)]),
    Small = term_to_binary(lists:seq(1, 300)),
    Text = binary:copy(<<"text,">>, 20000),
    [t:p({Name, within_bounds(Build, Times)}) || {Name, Times, Build} <- [
        {binary_to_term, 300, fun() -> binary_to_term(Encoded) end},
        {small_terms, 20000, fun() -> binary_to_term(Small) end},
        {copies, 300, fun() -> binary:copy(<<1>>, 1000000) end},
        {lists, 300, fun() -> binary_to_list(Text) end},
        {pieces, 100, fun() -> binary:split(Text, <<",">>, [global]) end},
        {encoded, 100, fun() -> term_to_binary(Text) end},
        {compressed, 20, fun() -> zlib:compress(Text) end}]].

%% Whether never more than 64 MB of binaries or heap are there while it is called many times.
within_bounds(_, 0) -> true;
within_bounds(Build, Times) ->
    Build(),
    {_, Heap} = process_info(self(), total_heap_size),
    case Heap * 8 + erlang:memory(binary) of
        Bytes when Bytes > 64000000 -> {Times, Bytes};
        _ -> within_bounds(Build, Times - 1)
    end.
