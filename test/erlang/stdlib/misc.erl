-module(misc).
-export([main/0]).

main() ->
    [begin rand:seed(A, {1, 2, 3}), t:p({A, [rand:uniform(1000) || _ <- lists:seq(1, 8)], rand:uniform(), rand:normal()}) end || A <- [exsss, exro928ss, exrop, exs1024s, exsp, mwc59] -- [mwc59]], S0 = rand:seed_s(exsss, 42), {V, S1} = rand:uniform_s(100, S0), {W, _} = rand:uniform_s(S1), t:p({V, W}), t:p(byte_size(rand:bytes(10))), rand:seed(exsss, 7), t:p([X || {_, X} <- lists:sort([{rand:uniform(), X} || X <- lists:seq(1, 10)])]),
    t:p([base64:encode(X) || X <- ["", "a", "ab", "abc", <<0, 255, 128>>]]), t:p([base64:decode(X) || X <- ["", "YQ==", "YWI=", "YWJj", " YW Jj\n"]]), t:e("b64", fun() -> base64:decode("a") end), t:e("b64", fun() -> base64:decode("!!!!") end), B = binary:copy(<<1, 2, 3, 250>>, 5000), t:p(base64:decode(base64:encode(B)) =:= B), t:p(base64:encode_to_string("hello")), t:p(base64:mime_decode("a!GV$sbG8=")),
    t:p([calendar:day_of_the_week(2024, 2, 29), calendar:is_leap_year(1900), calendar:last_day_of_the_month(2024, 2), calendar:date_to_gregorian_days(2000, 1, 1), calendar:gregorian_days_to_date(738000), calendar:datetime_to_gregorian_seconds({{1970, 1, 1}, {0, 0, 0}}), calendar:gregorian_seconds_to_datetime(63000000000), calendar:seconds_to_daystime(100000), calendar:time_difference({{2000, 1, 1}, {0, 0, 0}}, {{2000, 1, 2}, {1, 0, 0}}), calendar:iso_week_number({2024, 12, 30}), calendar:valid_date(2023, 2, 29), calendar:system_time_to_rfc3339(1700000000, [{offset, "Z"}]), calendar:rfc3339_to_system_time("2023-11-14T22:13:20Z"), calendar:seconds_to_time(3661)]),
    t:e("cal", fun() -> calendar:date_to_gregorian_days(2023, 2, 30) end), t:p([filename:join(["a", "b", "/c"]), filename:basename("/a/b.erl", ".erl"), filename:dirname("/a/b/c"), filename:extension("x.tar.gz"), filename:split("/a/b"), filename:rootname("a.b"), filename:absname("x", "/r"), filename:join(<<"a">>, "b"), filename:pathtype("/x"), filename:flatten(["a", [98]])]),
    t:p([uri_string:parse("http://user@host:8080/p/a?q=1#frag"), uri_string:normalize("HTTP://a/../b/./c"), uri_string:quote("a b&c"), uri_string:resolve("../x", "http://h/a/b")]), t:p(uri_string:dissect_query("a=1&b=%20x")), t:p(uri_string:compose_query([{"k", "v w"}])),
    t:p([zip_lists(3), hanoi(5), primes(50), perms([1, 2, 3]), qsort([3, 1, 2, 5, 4]), gcd(48, 18), collatz(27), ackermann(2, 3), queens(5), fizz(15), roman(1994), matrix([[1, 2], [3, 4]], [[5, 6], [7, 8]])]),
    t:p(ordered(erlang:system_info(otp_release))), t:p(string:lexemes(erlang:system_info(system_version), " ") =/= []), t:p([is_integer(erlang:system_info(I)) || I <- [schedulers, schedulers_online, process_limit, atom_limit, wordsize]]), t:p(erlang:system_info(wordsize)), t:p(erlang:system_info(machine)), t:p(erlang:system_info(endian)),
    persistent_term:put({misc, k}, [a, {b}]), t:p(persistent_term:get({misc, k})), t:p(persistent_term:get(nokey, dflt)), t:p(persistent_term:erase({misc, k})), t:p(persistent_term:erase({misc, k})), C = counters:new(3, []), counters:add(C, 1, 5), counters:sub(C, 2, 3), t:p([counters:get(C, I) || I <- [1, 2, 3]]), A = atomics:new(2, [{signed, true}]), atomics:put(A, 1, 10), t:p([atomics:add_get(A, 1, 5), atomics:exchange(A, 1, 7), atomics:compare_exchange(A, 1, 7, 9), atomics:get(A, 1), atomics:sub_get(A, 2, 1)]), t:e("atomics", fun() -> atomics:get(A, 3) end),
    t:p(timer:hms(1, 2, 3)), t:p(os:type()), t:p(is_list(os:getenv())), os:putenv("JOIST_TEST", "x"), t:p(os:getenv("JOIST_TEST")), t:p(os:getenv("NO_SUCH_VARIABLE")), t:p(os:unsetenv("JOIST_TEST")), t:p(is_integer(os:system_time())), t:p(io_lib:format("~p", [erlang:get_module_info(?MODULE, module)])), t:p(erl_internal:guard_bif(length, 1)), t:p(ordsets:to_list([1])).

ordered("25") -> "25"; ordered(X) -> X.
zip_lists(N) -> lists:zip(lists:seq(1, N), lists:reverse(lists:seq(1, N))).
hanoi(N) -> length(hanoi(N, a, b, c)). hanoi(0, _, _, _) -> []; hanoi(N, A, B, C) -> hanoi(N - 1, A, C, B) ++ [{A, B}] ++ hanoi(N - 1, C, B, A).
primes(N) -> sieve(lists:seq(2, N)). sieve([]) -> []; sieve([P | T]) -> [P | sieve([X || X <- T, X rem P =/= 0])].
perms([]) -> [[]]; perms(L) -> [[H | T] || H <- L, T <- perms(L -- [H])].
qsort([]) -> []; qsort([P | T]) -> qsort([X || X <- T, X < P]) ++ [P] ++ qsort([X || X <- T, X >= P]).
gcd(A, 0) -> A; gcd(A, B) -> gcd(B, A rem B).
collatz(1) -> 0; collatz(N) when N rem 2 =:= 0 -> 1 + collatz(N div 2); collatz(N) -> 1 + collatz(3 * N + 1).
ackermann(0, N) -> N + 1; ackermann(M, 0) -> ackermann(M - 1, 1); ackermann(M, N) -> ackermann(M - 1, ackermann(M, N - 1)).
queens(N) -> length(queens(N, N)). queens(_, 0) -> [[]]; queens(N, K) -> [[Q | B] || B <- queens(N, K - 1), Q <- lists:seq(1, N) -- B, safe(Q, 1, B)].
safe(_, _, []) -> true; safe(Q, D, [H | T]) -> abs(Q - H) =/= D andalso safe(Q, D + 1, T).
fizz(N) -> [case {I rem 3, I rem 5} of {0, 0} -> fizzbuzz; {0, _} -> fizz; {_, 0} -> buzz; _ -> I end || I <- lists:seq(1, N)].
roman(0) -> ""; roman(N) -> {V, S} = hd([P || {V0, _} = P <- [{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}], V0 =< N]), S ++ roman(N - V).
matrix(A, B) -> [[lists:sum([X * Y || {X, Y} <- lists:zip(R, C)]) || C <- transpose(B)] || R <- A]. transpose([[] | _]) -> []; transpose(M) -> [[hd(R) || R <- M] | transpose([tl(R) || R <- M])].
