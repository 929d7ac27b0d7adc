%% differ -- calls built-in functions with generated arguments and writes what they answer, so that two virtual
%% machines can be compared (tools/differ). A case is made from two numbers, the seed and its index, alone.
%%
%%   batch SEED FROM COUNT    a line "INDEX CHECKSUM" for each case
%%   show SEED INDEX PATH     the call and its answer as text
%%   shrink SEED INDEX PATH   a line "NUMBER CHECKSUM" for each way to make the case's arguments smaller
%%
%% PATH ("3,0,7" or "-") names the numbers of the ways that were taken before.
-module(differ).
-export([main/1, evaluate/1]).

main(["batch", Seed, From, Count]) ->
    S = list_to_integer(Seed),
    F = list_to_integer(From),
    [line(I, answer(call(S, I))) || I <- lists:seq(F, F + list_to_integer(Count) - 1)],
    io:put_chars("end\n");
main(["show", Seed, Index, Path]) ->
    Call = shrunk(Seed, Index, Path),
    {M, F, Args} = Call,
    io:format("~w:~w(~s)~n  ~0p~n", [M, F, lists:join(", ", [io_lib:format("~0p", [A]) || A <- Args]), answer(Call)]);
main(["shrink", Seed, Index, Path]) ->
    {M, F, Args} = shrunk(Seed, Index, Path),
    each(fun(N, A) -> line(N, answer({M, F, A})) end, smaller(Args)),
    io:put_chars("end\n").

each(Do, List) -> lists:foldl(fun(X, N) -> Do(N, X), N + 1 end, 0, List).

line(N, Answer) ->
    io:put_chars([integer_to_list(N), $\s, integer_to_list(erlang:crc32(term_to_binary(Answer, [deterministic]))), $\n]).

shrunk(Seed, Index, Path) ->
    {M, F, Args} = call(list_to_integer(Seed), list_to_integer(Index)),
    Steps = [list_to_integer(P) || Path =/= "-", P <- string:tokens(Path, ",")],
    {M, F, lists:foldl(fun(N, A) -> lists:nth(N + 1, smaller(A)) end, Args, Steps)}.

%% ---- answers ----

%% {ok, Value} or {Class, Reason, Frame, Text}: the frame of the function itself, and what OTP's own error
%% texts say about it.
answer({?MODULE, F, Args}) -> answer(fun() -> ?MODULE:evaluate([F | Args]) end, none, none);
answer({M, F, Args}) -> answer(fun() -> apply(M, F, Args) end, M, F).

answer(Fun, M, F) ->
    try Fun() of
        Value when is_reference(Value) -> {ok, reference};
        Value -> {ok, Value}
    catch
        Class:Reason:Stack -> {Class, Reason, frame(M, F, Stack), text(Reason, Stack)}
    end.

frame(M, F, [{M, F, A, Info} | _]) when is_list(Info) ->
    {A, try lists:keyfind(error_info, 1, Info) catch error:_ -> Info end};
frame(_, _, [{M, F, A, _} | _]) when length(A) >= 0 -> {M, F, length(A)};
frame(_, _, [{M, F, A, _} | _]) -> {M, F, A};
frame(_, _, Stack) -> Stack.  % what raise/3 was given

text(Reason, [{_, _, _, [_ | _] = Info} | _] = Stack) ->
    case catch lists:keyfind(error_info, 1, Info) of
        {error_info, Map} ->
            Module = maps:get(module, Map, erl_erts_errors),
            try maps:map(fun(_, T) -> lists:flatten([T]) end, Module:format_error(Reason, Stack))
            catch _:_ -> bad_text
            end;
        _ -> none
    end;
text(_, _) -> none.

%% ---- cases ----

call(Seed, Index) ->
    _ = rand:seed(exsss, {Seed, Index, 4711}),
    Table = table(),
    {M, F, Types} = element(rand:uniform(tuple_size(Table)), Table),
    {M, F, [argument(T) || T <- Types]}.

table() ->
    case get(table) of
        undefined ->
            T = list_to_tuple(rows()),
            put(table, T),
            T;
        T -> T
    end.

%% One argument in eight is anything at all.
argument(count) -> case r(8) of 1 -> no_integer(); _ -> gen(count) end;
argument({safe, T}) -> gen(T);
argument(T) -> case r(8) of 1 -> gen(any); _ -> gen(T) end.

r(N) -> rand:uniform(N).
one(List) -> lists:nth(r(length(List)), List).
many(Max, T) -> [gen(T) || _ <- lists:seq(1, r(Max + 1) - 1)].

no_integer() -> case gen(any) of N when is_integer(N) -> a; T -> T end.

gen(any) -> any(3);
gen({any, Depth}) -> any(Depth);
gen(int) ->
    case r(6) of
        1 -> r(1000) - 500;
        2 -> one([0, 1, -1]);
        3 -> (1 bsl one([7, 8, 15, 16, 24, 27, 28, 31, 32, 53, 58, 59, 60, 61, 62, 63, 64, 65, 127, 128])) + r(3) - 2;
        4 -> -(1 bsl one([7, 8, 15, 16, 24, 27, 28, 31, 32, 53, 58, 59, 60, 61, 62, 63, 64, 65, 127, 128])) + r(3) - 2;
        5 -> (r(1 bsl 60) bsl r(200)) bxor r(1 bsl 60);
        6 -> -((r(1 bsl 60) bsl r(400)) bxor r(1 bsl 60))
    end;
gen(small) -> r(24) - 4;
gen(index) -> case r(10) of 1 -> gen(int); _ -> r(12) - 2 end;
gen(byte) -> r(256) - 1;
gen(count) -> case r(10) of 1 -> one([-1, 1 bsl 64, -(1 bsl 70)]); _ -> r(30) - 1 end;
gen(shift) -> case r(20) of 1 -> -(1 bsl 70); _ -> r(300) - 150 end;
gen(base) -> case r(10) of 1 -> one([0, 1, 37, -1]); _ -> r(35) + 1 end;
gen(float) ->
    case r(5) of
        1 -> one([0.0, -0.0, 1.0, -1.0, 0.5, 1.0e308, 5.0e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
                  9007199254740992.0, 9007199254740993.0, 1.0e22, 1.0e23, 123456789.125, 0.1, 1.0e-7]);
        2 -> float(gen(small));
        3 -> rand:uniform() * math:pow(10, r(30) - 15);
        4 -> -rand:uniform() * math:pow(2, r(200) - 100);
        5 -> <<F/float>> = <<(r(2) - 1):1, (r(2046)):11, (r(1 bsl 52) - 1):52>>, F
    end;
gen(number) -> case r(3) of 1 -> gen(float); _ -> gen(int) end;
gen(atom) ->
    one([a, b, c, true, false, undefined, '', nil, error, ok, [], 'hello world', 'Abc', list_to_atom([16#e5, $x]),
         list_to_atom([16#3b1, 16#4e2d]), lists, infinity, latin1, utf8, all, list_to_atom(lists:duplicate(255, $x))]);
gen(bool) -> r(2) =:= 1;
gen(char) -> case r(4) of 1 -> one([0, 127, 128, 255, 256, 16#7ff, 16#800, 16#d7ff, 16#e000, 16#fffe, 16#ffff, 16#10000,
                                    16#10ffff, 16#1f600, 16#301, 16#e5, $\n, $\r]);
                 _ -> 31 + r(96) end;
gen(string) -> [31 + r(96) || _ <- lists:seq(1, r(20) - 1)];
gen(unicode) -> many(12, char);
gen(digits) ->
    one([integer_to_list(gen(int)), integer_to_list(gen(int), r(35) + 1), "", "-", "+", "+1", "-0", "1_000", " 1", "1 ", "0x10",
         float_to_list(gen(float)), lists:flatten(io_lib:format("~w", [gen(float)])), "1.0", "1.", ".5", "1e5", "1.0e400",
         "1.0e-400", "-0.0", "1.0E+05", "1.5e", "zz", "FF", integer_to_list(gen(int)) ++ ".5"]);
gen(digits_binary) -> list_to_binary(gen(digits));
gen(bytes) -> list_to_binary([gen(byte) || _ <- lists:seq(1, r(40) - 1)]);
gen(binary) ->
    case r(7) of
        1 -> <<>>;
        2 -> list_to_binary(gen(string));
        3 -> unicode:characters_to_binary(gen(unicode));
        4 -> binary:copy(gen(bytes), r(8));
        5 -> shifted(gen(bytes));
        6 -> B = binary:copy(<<(gen(bytes))/binary, "x">>, 20), binary:part(B, r(3) - 1, byte_size(B) - 3 - r(10));
        7 -> gen(bytes)
    end;
gen(bits) -> case r(3) of
                 1 -> gen(binary);
                 _ -> B = gen(binary), Bits = max(0, bit_size(B) - r(7)), <<Part:Bits/bits, _/bits>> = B, Part
             end;
gen(ab) -> list_to_binary([one("ab") || _ <- lists:seq(1, r(60) - 1)]);
gen(ab_pattern) -> list_to_binary([one("ab") || _ <- lists:seq(1, r(3))]);
gen(patterns) -> case r(3) of 1 -> [gen(ab_pattern) || _ <- lists:seq(1, r(4))]; _ -> gen(ab_pattern) end;
gen(iolist) -> iolist(4);
gen(chardata) -> chardata(3);
gen(list) -> many(10, {any, 1});
gen(integers) -> many(10, int);
gen(tuples) -> [one([{gen(small), gen({any, 1})}, {gen(atom), gen(small), x}, {float(gen(small)), y}, gen({any, 1})])
                || _ <- lists:seq(1, r(9) - 1)];
%% The order of a large map with atoms as keys depends on the table of atoms: no two systems have the same.
gen(pairs) -> [{gen(key), gen({any, 1})} || _ <- lists:seq(1, r(30) - 1)];
gen(many_pairs) -> [{gen(plain_key), gen({any, 1})} || _ <- lists:seq(1, r(100) - 1)];
gen(plain_key) -> case r(5) of 1 -> gen(int); 2 -> gen(float); 3 -> gen(string); 4 -> gen(binary); 5 -> {gen(small), gen(bits)} end;
gen(list_of_keys) -> many(60, plain_key);
gen(key) -> case r(4) of 1 -> gen({any, 1}); 2 -> gen(atom); 3 -> float(gen(small)); _ -> gen(small) end;
gen(tuple) -> list_to_tuple(many(8, {any, 1}));
gen(map) -> maps:from_list(gen(one([pairs, many_pairs])));
gen(fun_) -> one([fun lists:map/2, fun erlang:abs/1, fun no_such:thing/3, fun lists:reverse/1]);
gen(external) -> term_to_binary(gen(any), one([[], [compressed], [{minor_version, 0}], [{minor_version, 1}], [{compressed, 9}]]));
gen(broken_external) ->
    B = gen(external),
    At = r(byte_size(B)) - 1,
    case r(3) of
        1 -> binary:part(B, 0, At);
        _ ->
            <<H:At/binary, X, T/binary>> = B,
            case X bxor (1 bsl (r(8) - 1)) of
                %% These two name an atom by its place in the virtual machine's own table.
                Y when Y =:= $I; Y =:= $K -> B;
                Y -> <<H/binary, Y, T/binary>>
            end
    end;
gen({one, List}) -> one(List);
gen({list, T}) -> many(5, T);
gen({pair, A, B}) -> {gen(A), gen(B)};
gen({options, List}) -> [case one(List) of {K, T} when is_atom(T); is_tuple(T) -> {K, option(T)}; O -> O end
                         || _ <- lists:seq(1, r(4) - 1)];
gen(regex) -> regex(3);
gen(packet) ->
    one([<<"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\nrest">>, <<"HTTP/1.0 200 OK\r\n">>, <<"Content-Length: 12\r\n\r\n">>,
         <<"line one\nline two">>, <<"line\r\n">>, <<0, 0, 0, 3, "abcdef">>, <<3, "abcd">>, <<0, 2, "abc">>, gen(bytes),
         <<16#30, 3, 1, 2, 3, 4>>, <<1, 2, 3>>, <<"\n">>, <<"POST http://h:80/ HTTP/1.1\r\n">>, <<"X: y\r\n z\r\n\r\n">>,
         <<22, 3, 1, 0, 2, 1, 2>>, <<131, 97, 1>>]);
gen(date) -> {one([1970, 2000, 2024, 1969, 9999, 0, gen(small)]), r(14) - 1, r(33) - 1};
gen(time) -> {r(26) - 2, r(62) - 1, r(62) - 1};
gen(spec) -> spec();
gen(ets) -> [ets_step() || _ <- lists:seq(1, r(15))].

option({one, _} = T) -> gen(T);
option(T) -> argument(T).

any(0) -> one([gen(int), gen(float), gen(atom), [], {}, <<>>]);
any(D) ->
    case r(16) of
        1 -> gen(int);
        2 -> gen(small);
        3 -> gen(float);
        4 -> gen(atom);
        5 -> gen(binary);
        6 -> gen(bits);
        7 -> gen(string);
        8 -> gen(unicode);
        9 -> [any(D - 1) || _ <- lists:seq(1, r(6) - 1)];
        10 -> [any(D - 1) || _ <- lists:seq(1, r(3))] ++ any(0);
        11 -> list_to_tuple([any(D - 1) || _ <- lists:seq(1, r(6) - 1)]);
        12 -> maps:from_list([{any(D - 1), any(D - 1)} || _ <- lists:seq(1, r(5) - 1)]);
        13 -> maps:from_list([{N, any(0)} || N <- lists:seq(1, 30 + r(8))]);
        14 -> gen(fun_);
        15 -> gen(iolist);
        16 -> one([true, false, [], "", 0, 1])
    end.

%% The same bytes from an odd bit on.
shifted(B) ->
    N = r(7),
    Size = bit_size(B),
    <<_:N, S:Size/bits>> = <<0:N, B/bits>>,
    S.

iolist(0) -> gen(byte);
iolist(D) ->
    L = [case r(5) of 1 -> iolist(D - 1); 2 -> gen(binary); 3 when D =:= 1 -> gen(bits); _ -> gen(byte) end
         || _ <- lists:seq(1, r(6) - 1)],
    case r(4) of 1 -> L ++ gen(binary); _ -> L end.

chardata(0) -> gen(char);
chardata(D) ->
    [case r(5) of 1 -> chardata(D - 1); 2 -> unicode:characters_to_binary(gen(unicode)); 3 -> gen(binary); _ -> gen(char) end
     || _ <- lists:seq(1, r(6) - 1)].

regex(0) -> one(["a", "b", "[ab]", ".", "\\d", "^", "$", "x", "\\b", "[^a]", "é"]);
regex(D) ->
    case r(9) of
        1 -> ["(", regex(D - 1), ")"];
        2 -> [regex(D - 1), "*"];
        3 -> [regex(D - 1), one(["+", "?", "{1,2}", "*?", "++"])];
        4 -> [regex(D - 1), "|", regex(D - 1)];
        5 -> ["(?<n>", regex(D - 1), ")"];
        6 -> ["(?", one([":", "=", "!", "i:"]), regex(D - 1), ")"];
        7 -> one(["(", "[a", "a**", "\\", "(?<1>a)", "\\1", "(a)\\1", "a{2,1}", "[[:alpha:]]+"]);
        _ -> [regex(D - 1), regex(D - 1)]
    end.

%% ---- match specifications and tables ----

spec() -> [{pattern(), [guard(2) || _ <- lists:seq(1, r(3) - 1)], [body() || _ <- lists:seq(1, r(2))]} || _ <- lists:seq(1, r(2))].
pattern() -> one(['$1', '_', {'$1', '$2'}, {'$1', '_'}, {'$1', '$1'}, {'$1', '$2', '$3'}, {'_', {'$1', '$2'}}, {x, '$1'}, ['$1' | '$2'],
                  {'$1', #{a => '$2'}}, '$_', a, {'$100', '$2'}]).
guard(0) -> one(['$1', '$2', '$3', '$_', 1, true, false, {const, gen(key)}, gen(key), []]);
guard(D) ->
    G = fun() -> guard(D - 1) end,
    case r(5) of
        1 -> {one([is_atom, is_integer, is_tuple, is_list, is_float, is_binary, is_map, abs, 'not', size, hd, tl, length, round, tuple_size,
                   bit_size, map_size, node, trunc, '+', '-', is_pid]), G()};
        2 -> {one(['==', '=:=', '<', '>', '=<', '>=', '/=', '=/=', '+', '-', '*', 'div', 'rem', '/', element, 'and', 'or', 'xor',
                   'band', map_get, is_map_key, is_function]), G(), G()};
        3 -> list_to_tuple([one(['and', 'or', 'andalso', 'orelse']) | [G() || _ <- lists:seq(1, r(4) - 1)]]);
        4 -> one([{is_record, '$_', x, 2}, {no_such, '$1'}, {const, '$1'}, {self}, {}, {{}}, {{'$1', G()}}]);
        5 -> guard(0)
    end.
body() -> one(['$_', '$$', '$1', '$2', {{'$1', '$2'}}, {element, 1, '$_'}, ['$1', '$2'], {'+', '$1', 1}, [{{'$1'}} | '$2'], #{k => '$1'},
               {const, {a, b}}, {message, '$1'}, guard(2)]).

ets_step() ->
    O = fun() -> {gen(key), gen({any, 1})} end,
    K = fun() -> gen(key) end,
    case r(24) of
        N when N < 6 -> {insert, [O()]};
        6 -> {insert, [[O() || _ <- lists:seq(1, r(5))]]};
        7 -> {insert_new, [O()]};
        8 -> {lookup, [K()]};
        9 -> {delete, [K()]};
        10 -> {member, [K()]};
        11 -> {update_counter, [K(), one([1, {2, 1}, {2, 5, 10, 0}, [{2, 1}, {2, -3}], {3, 1}, gen(any)])]};
        12 -> {update_counter, [K(), {2, gen(small)}, {x, gen(small)}]};
        13 -> {update_element, [K(), one([{2, gen({any, 1})}, {1, x}, {3, y}, [{2, a}, {2, b}]])]};
        14 -> {take, [K()]};
        15 -> {select, [gen(spec)]};
        16 -> {select_count, [gen(spec)]};
        17 -> {select_delete, [[{element(1, P), element(2, P), [one([true, false, '$1'])]} || P <- gen(spec)]]};
        18 -> {match, [pattern()]};
        19 -> {match_object, [pattern()]};
        20 -> {delete_object, [O()]};
        21 -> {tab2list, []};
        22 -> {lookup_element, [K(), one([1, 2, 3, 0, a])]};
        23 -> {match_delete, [pattern()]};
        24 -> {info, [one([size, type, keypos, protection, named_table, compressed])]}
    end.

%% What is no single BIF.
evaluate([ets, Type, Steps]) ->
    T = ets:new(differ, Type),
    try
        %% What is equal and not the same, as 6 and 6.0, is in no order that sort/1 would keep.
        Before = fun(A, B) when A == B -> term_to_binary(A) =< term_to_binary(B); (A, B) -> A < B end,
        Sorted = fun(L) when is_list(L) -> try lists:sort(Before, L) catch _:_ -> L end; (V) -> V end,
        [case answer(fun() -> apply(ets, F, [T | A]) end, ets, F) of
             {ok, V} when F =:= lookup; F =:= take -> V;
             {ok, V} -> case lists:member(ordered_set, Type) of true -> V; false -> Sorted(V) end;
             {C, R, _, Text} -> {C, R, Text}
         end || {F, A} <- Steps]
    after
        ets:delete(T)
    end;
evaluate([re_run, Subject, Regex, Compile, Run]) ->
    case re:compile(Regex, Compile) of
        {ok, {re_pattern, N, U, Cr, _} = P} -> {N, U, Cr, re:run(Subject, P, Run)};
        Error -> Error
    end;
evaluate([compare, A, B]) -> [A < B, A =< B, A == B, A =:= B, A > B, max(A, B), min(A, B)];
evaluate([iterate, Map]) -> lists:sort(walk(maps:next(maps:iterator(Map))));
evaluate([bits_match, B, N, M]) when is_bitstring(B), is_integer(N), N >= 0, N < 100, is_integer(M), M >= 0, M < 100 ->
    case B of
        <<X:N, Y:M/signed-little, R/bits>> -> {X, Y, R};
        <<X:N/signed, R/bits>> -> {X, R};
        <<X/utf8, R/bits>> -> {X, R};
        _ -> no
    end;
evaluate([bits_build, A, N, B]) when is_integer(N), N >= 0, N < 300 -> {<<A:N/integer>>, <<A:N/little>>, <<B/bits, A:7>>, <<0:3, B/bits>>};
evaluate([arith, A, B]) -> [catch_arith(F, A, B) || F <- ['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor']];
evaluate([md5_parts, A, B]) -> erlang:md5_final(erlang:md5_update(erlang:md5_update(erlang:md5_init(), A), B)) =:= erlang:md5([A, B]);
evaluate([roundtrip, T, Options]) -> B = term_to_binary(T, Options), {binary_to_term(B) =:= T, erlang:external_size(T) >= 0, B};
evaluate([print, F, T]) -> lists:flatten(io_lib:format(F, [T]));
evaluate([zlib, Data, Level]) -> Z = zlib:compress(Data), {zlib:uncompress(Z) =:= iolist_to_binary(Data), zlib:gunzip(zlib:gzip(Data)), Level}.

walk(none) -> [];
walk({K, V, I}) -> [{K, V} | walk(maps:next(I))].
catch_arith(F, A, B) -> try apply(erlang, F, [A, B]) catch C:R -> {C, R} end.

%% ---- smaller arguments ----

smaller(Args) ->
    lists:append([[lists:sublist(Args, N - 1) ++ [S] ++ lists:nthtail(N, Args) || S <- simpler(lists:nth(N, Args))]
                  || N <- lists:seq(1, length(Args))]).

simpler(0) -> [];
simpler(N) when is_integer(N) -> lists:usort([0, N div 2, N - (if N > 0 -> 1; true -> -1 end)]) -- [N];
simpler(F) when is_float(F), F =/= 0.0, F =/= 1.0 -> [1.0, 0.0];
simpler(A) when is_atom(A), A =/= a -> [a];
simpler([]) -> [];
simpler([_ | _] = L) ->
    {Proper, Tail} = split_tail(L, []),
    Drops = case length(Proper) of
                N when N > 3 -> [lists:sublist(Proper, N div 2) ++ Tail, lists:nthtail(N div 2, Proper) ++ Tail];
                _ -> []
            end,
    Drops ++ [drop(N, Proper) ++ Tail || N <- lists:seq(1, min(12, length(Proper)))] ++
        [replace(N, S, Proper) ++ Tail || N <- lists:seq(1, min(12, length(Proper))), S <- simpler(lists:nth(N, Proper))];
simpler(T) when is_tuple(T), T =/= {} ->
    L = tuple_to_list(T),
    [list_to_tuple(drop(N, L)) || N <- lists:seq(1, length(L))] ++
        [setelement(N, T, S) || N <- lists:seq(1, length(L)), S <- simpler(element(N, T))];
simpler(M) when is_map(M), map_size(M) > 0 ->
    L = lists:sort(maps:to_list(M)),
    [maps:from_list(lists:sublist(L, length(L) div 2))] ++ [maps:remove(K, M) || {K, _} <- lists:sublist(L, 12)];
simpler(B) when is_bitstring(B), bit_size(B) > 0 ->
    Half = bit_size(B) div 16 * 8,
    <<H:Half/bits, R/bits>> = B,
    [<<>>] ++ [H || Half > 0] ++ [R || Half > 0];
simpler(_) -> [].

split_tail([H | T], Acc) -> split_tail(T, [H | Acc]);
split_tail(T, Acc) -> {lists:reverse(Acc), T}.
drop(N, L) -> lists:sublist(L, N - 1) ++ lists:nthtail(N, L).
replace(N, S, L) -> lists:sublist(L, N - 1) ++ [S | lists:nthtail(N, L)].

%% ---- the table ----

rows() -> erlang_rows() ++ binary_rows() ++ list_rows() ++ other_rows() ++ own_rows().

erlang_rows() ->
    [{erlang, F, [any]} || F <- [is_atom, is_binary, is_bitstring, is_boolean, is_float, is_function, is_integer, is_list, is_map,
                                 is_number, is_pid, is_port, is_reference, is_tuple, phash2, external_size, term_to_binary, term_to_iovec,
                                 node, size, iolist_size, iolist_to_iovec, hd, tl, fun_info_mfa]] ++
    [{erlang, abs, [number]}, {erlang, ceil, [number]}, {erlang, floor, [number]}, {erlang, round, [number]}, {erlang, trunc, [number]},
     {erlang, float, [number]}, {erlang, '-', [number]}, {erlang, '+', [number]}, {erlang, 'bnot', [int]}, {erlang, 'not', [bool]},
     {erlang, 'bsl', [int, shift]}, {erlang, 'bsr', [int, shift]}, {erlang, 'and', [bool, bool]}, {erlang, 'or', [bool, bool]},
     {erlang, 'xor', [bool, bool]}, {erlang, '++', [list, any]}, {erlang, '--', [list, list]}, {erlang, '--', [integers, integers]},
     {erlang, adler32, [iolist]}, {erlang, adler32, [int, iolist]}, {erlang, adler32_combine, [int, int, int]},
     {erlang, crc32, [iolist]}, {erlang, crc32, [int, iolist]}, {erlang, crc32_combine, [int, int, int]},
     {erlang, md5, [iolist]}, {erlang, append_element, [tuple, any]}, {erlang, delete_element, [index, tuple]},
     {erlang, insert_element, [index, tuple, any]}, {erlang, element, [index, tuple]}, {erlang, setelement, [index, tuple, any]},
     {erlang, make_tuple, [count, any]}, {erlang, make_tuple, [count, any, {list, {pair, index, any}}]},
     {erlang, tuple_to_list, [tuple]}, {erlang, list_to_tuple, [list]}, {erlang, tuple_size, [tuple]},
     {erlang, atom_to_list, [atom]}, {erlang, atom_to_binary, [atom, {one, [latin1, utf8, unicode, x]}]},
     {erlang, list_to_atom, [string]}, {erlang, list_to_atom, [unicode]},
     {erlang, binary_to_atom, [binary, {one, [latin1, utf8, unicode, x]}]},
     {erlang, list_to_existing_atom, [string]}, {erlang, binary_to_existing_atom, [binary, {one, [latin1, utf8]}]},
     {erlang, binary_part, [binary, index, index]}, {erlang, binary_part, [binary, {pair, index, index}]},
     {erlang, binary_to_float, [digits_binary]}, {erlang, binary_to_integer, [digits_binary]},
     {erlang, binary_to_integer, [digits_binary, base]}, {erlang, list_to_integer, [digits]}, {erlang, list_to_integer, [digits, base]},
     {erlang, list_to_float, [digits]}, {erlang, integer_to_list, [int]}, {erlang, integer_to_list, [int, base]},
     {erlang, integer_to_binary, [int]}, {erlang, integer_to_binary, [int, base]}, {erlang, float_to_list, [float]},
     {erlang, float_to_list, [float, {options, [{decimals, small}, {scientific, small}, compact, short]}]},
     {erlang, float_to_binary, [float, {options, [{decimals, small}, {scientific, small}, compact, short]}]},
     {erlang, float_to_binary, [float]},
     {erlang, binary_to_list, [binary]}, {erlang, binary_to_list, [binary, index, index]}, {erlang, bitstring_to_list, [bits]},
     {erlang, list_to_binary, [iolist]}, {erlang, list_to_bitstring, [iolist]}, {erlang, iolist_to_binary, [iolist]},
     {erlang, iolist_size, [iolist]}, {erlang, iolist_to_iovec, [iolist]}, {erlang, split_binary, [binary, index]},
     {erlang, bit_size, [bits]}, {erlang, byte_size, [bits]}, {erlang, length, [list]}, {erlang, map_size, [map]},
     {erlang, map_get, [key, map]}, {erlang, is_map_key, [key, map]},
     {erlang, is_record, [tuple, atom]}, {erlang, is_record, [tuple, atom, index]}, {erlang, is_function, [fun_, index]},
     {erlang, phash, [any, int]}, {erlang, phash2, [any, int]}, {erlang, fun_info, [fun_, {one, [module, name, arity, env, type, x]}]},
     {erlang, term_to_binary, [any, {options, [compressed, {compressed, small}, {minor_version, {one, [0, 1, 2, 3]}}, deterministic]}]},
     {erlang, external_size, [any, {options, [{minor_version, {one, [0, 1, 2, 3]}}]}]},
     {erlang, binary_to_term, [external]}, {erlang, binary_to_term, [broken_external]},
     {erlang, binary_to_term, [external, {options, [safe, used, x]}]}, {erlang, binary_to_term, [broken_external, {options, [used]}]},
     {erlang, decode_packet, [{one, [raw, 0, 1, 2, 4, line, http, http_bin, httph, httph_bin, asn1, tpkt, cdr, sunrm, fcgi, ssl_tls, x]},
                              packet, {options, [{packet_size, small}, {line_length, small}, {line_delimiter, byte}]}]},
     {erlang, localtime_to_universaltime, [{pair, date, time}, {one, [undefined, false, x]}]},
     {erlang, posixtime_to_universaltime, [small]}, {erlang, universaltime_to_posixtime, [{pair, date, time}]},
     {erlang, list_to_pid, [string]}, {erlang, list_to_ref, [string]}, {erlang, list_to_port, [string]},
     {erlang, function_exported, [atom, atom, small]}, {erlang, is_builtin, [{one, [erlang, lists]}, {one, [abs, reverse, x]}, small]},
     {erlang, get, [any]}, {erlang, get_keys, [any]}, {erlang, erase, [any]},
     {erlang, convert_time_unit, [int, {one, [second, millisecond, microsecond, nanosecond, native, perf_counter, 1000, x]},
                                  {one, [second, millisecond, microsecond, nanosecond, native, 1000, 0]}]},
     {erlang, max, [any, any]}, {erlang, min, [any, any]}, {erlang, make_fun, [atom, atom, index]},
     {erlang, fun_to_list, [fun_]}, {erlang, error, [any]}, {erlang, error, [any, list]}, {erlang, throw, [any]}, {erlang, exit, [any]},
     {erlang, nif_error, [any]},
     {erlang, raise, [{one, [error, exit, throw, x]}, any, {options, [{a, any}, {{one, [a]}, any}]}]},
     {erts_debug, same, [any, any]}].

binary_rows() ->
    [{binary, at, [binary, index]}, {binary, copy, [binary]}, {binary, copy, [binary, count]}, {binary, first, [binary]},
     {binary, last, [binary]}, {binary, decode_unsigned, [binary]}, {binary, decode_unsigned, [binary, {one, [big, little, x]}]},
     {binary, encode_unsigned, [int]}, {binary, encode_unsigned, [int, {one, [big, little, x]}]},
     {binary, list_to_bin, [iolist]}, {binary, bin_to_list, [binary]}, {binary, bin_to_list, [binary, index, index]},
     {binary, bin_to_list, [binary, {pair, index, index}]},
     {binary, longest_common_prefix, [{list, ab}]}, {binary, longest_common_suffix, [{list, ab}]},
     {binary, longest_common_prefix, [{list, binary}]},
     {binary, match, [ab, patterns]}, {binary, match, [ab, patterns, {options, [{scope, {pair, index, index}}, x]}]},
     {binary, matches, [ab, patterns]}, {binary, matches, [ab, patterns, {options, [{scope, {pair, index, index}}]}]},
     {binary, split, [ab, patterns]}, {binary, split, [ab, patterns, {options, [global, trim, trim_all, {scope, {pair, index, index}}]}]},
     {binary, replace, [ab, patterns, ab_pattern, {options, [global, {insert_replaced, index}]}]},
     {binary, part, [binary, index, index]}, {binary, part, [binary, {pair, index, index}]},
     {binary, encode_hex, [binary]}, {binary, decode_hex, [binary]}].

list_rows() ->
    [{lists, member, [any, list]}, {lists, reverse, [list]}, {lists, reverse, [list, any]}, {lists, keyfind, [small, index, tuples]},
     {lists, keymember, [small, index, tuples]}, {lists, keysearch, [small, index, tuples]}, {lists, sort, [list]}, {lists, usort, [list]},
     {lists, keysort, [{one, [1, 2]}, tuples]}, {lists, sum, [integers]}, {lists, subtract, [list, list]}, {lists, append, [list, list]},
     {lists, flatten, [iolist]}, {lists, zip, [list, list]}, {lists, nth, [index, list]}, {lists, max, [list]},
     {maps, find, [key, map]}, {maps, get, [key, map]}, {maps, get, [key, map, any]}, {maps, from_list, [pairs]}, {maps, from_list, [many_pairs]}, {maps, from_list, [list]}, {maps, from_keys, [list_of_keys, any]},
     {maps, from_keys, [list, any]}, {maps, is_key, [key, map]}, {maps, merge, [map, map]}, {maps, put, [plain_key, any, map]},
     {maps, remove, [key, map]}, {maps, take, [key, map]}, {maps, update, [plain_key, any, map]}, {maps, with, [list, map]},
     {maps, without, [list, map]}, {maps, keys, [map]}, {maps, values, [map]}, {maps, to_list, [map]}, {maps, size, [map]},
     {maps, intersect, [map, map]}].

other_rows() ->
    [{math, F, [number]} || F <- [acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, erf, erfc, exp, floor, log, log10, log2, sin, sinh,
                                  sqrt, tan, tanh]] ++
    [{math, atan2, [number, number]}, {math, fmod, [number, number]}, {math, pow, [number, number]},
     {string, to_integer, [digits]}, {string, to_float, [digits]}, {string, to_integer, [digits_binary]},
     {string, length, [chardata]}, {string, uppercase, [chardata]}, {string, split, [chardata, unicode]},
     {unicode, characters_to_binary, [chardata]}, {unicode, characters_to_list, [chardata]},
     {unicode, characters_to_binary, [chardata, {one, [latin1, utf8, unicode, utf16, {utf16, little}, utf32, {utf32, little}, x]},
                                      {one, [latin1, utf8, unicode, utf16, {utf16, little}, utf32, {utf32, little}, x]}]},
     {unicode, characters_to_list, [chardata, {one, [latin1, utf8, utf16, {utf16, little}, utf32, x]}]},
     {unicode, bin_is_7bit, [binary]}, {unicode, bom_to_encoding, [binary]},
     {unicode, characters_to_nfc_list, [chardata]}, {unicode, characters_to_nfd_binary, [chardata]},
     {unicode_util, gc, [chardata]},
     {re, run, [ab, regex]},
     {re, run, [ab, regex, {options, [global, caseless, anchored, notempty, notbol, noteol, {offset, index}, dotall, multiline, unicode,
                                      {capture, {one, [all, none, first, all_but_first, all_names, [n], [1, 0, 5]]}},
                                      {newline, {one, [lf, cr, crlf, any, anycrlf, x]}}, ungreedy, firstline, x]}]},
     {re, replace, [ab, regex, ab, {options, [global, {return, {one, [list, binary, iodata]}}, unicode]}]},
     {re, split, [ab, regex, {options, [trim, group, {return, {one, [list, binary]}}, {parts, small}]}]},
     {re, inspect, [any, {one, [namelist, x]}]},
     {io_lib, format, [{one, ["~p", "~w", "~s", "~ts", "~tp", "~tw", "~0p", "~10.4.0f", "~e", "~g", "~b", "~.16B", "~c", "~i~p", "~"]}, {list, any}]},
     {io_lib, write, [any]}, {io_lib, printable_list, [unicode]}, {io_lib_format, fwrite_g, [float]},
     {erl_scan, string, [string]}, {base64, encode, [binary]}, {base64, decode, [binary]},
     {zlib, crc32, [iolist]}, {ets, test_ms, [tuple, spec]}, {ets, match_spec_compile, [any]},
     {erlang, match_spec_test, [list, spec, {one, [table, x]}]},
     {os, getenv, [string]}, {prim_file, internal_name2native, [chardata]}, {prim_file, internal_native2name, [binary]},
     {erts_internal, cmp_term, [any, any]}, {erts_internal, map_to_tuple_keys, [map]},
     {calendar, datetime_to_gregorian_seconds, [{pair, date, time}]}].

own_rows() ->
    Own = [{ets, [{one, [[set, private], [ordered_set, private], [bag, private], [duplicate_bag, private], [set, compressed],
                         [ordered_set, compressed]]}, ets]},
           {re_run, [ab, regex, {options, [caseless, multiline, dotall, unicode, ungreedy, extended, x]},
                     {options, [global, notempty, {capture, {one, [all, none, first, all_names]}}]}]},
           {compare, [any, any]}, {compare, [number, number]}, {compare, [bits, bits]}, {iterate, [map]}, {bits_match, [bits, small, small]},
           {bits_build, [int, small, bits]}, {arith, [number, number]}, {arith, [int, int]}, {md5_parts, [iolist, iolist]},
           {roundtrip, [any, {options, [compressed, {minor_version, {one, [1, 2]}}]}]},
           {print, [{one, ["~p", "~w", "~tp", "~0tp", "~P"]}, any]}, {zlib, [iolist, small]}],
    [{?MODULE, F, Types} || {F, Types} <- Own].
