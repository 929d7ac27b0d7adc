-module(dictionary).
-export([main/0]).

main() ->
    t:p(put(a, 1)), t:p(put(a, 2)), t:p(get(a)), t:p(get(none)), t:p(put({b}, "x")), t:p(lists:sort(get())), t:p(lists:sort(get_keys())), t:p(lists:sort(get_keys(2))),
    t:p(erase(a)), t:p(erase(a)), t:p(get(a)), [put({k, I}, I) || I <- lists:seq(1, 5000)], t:p(lists:sum([get({k, I}) || I <- lists:seq(1, 5000)])),
    t:p(length(get())), [erase({k, I}) || I <- lists:seq(1, 4990)], t:p(lists:sort(get())), t:p(length(get_keys())),
    put(list, lists:seq(1, 100)), erlang:garbage_collect(), t:p(lists:sum(get(list))), t:p(put(1, int)), t:p(put(1.0, float)), t:p([get(1), get(1.0)]),
    t:p(length(erase())), t:p(get()), S = self(), put(x, mine), spawn(fun() -> S ! {child, get(x), put(x, child)} end), t:p(receive M -> M end), t:p(get(x)),
    t:p([K || {K, _} <- element(2, process_info(self(), dictionary))]),
    [put(I, I) || I <- lists:seq(1, 100)], [put(I, I * 2) || I <- lists:seq(1, 100)], t:p(lists:sum([V || {K, V} <- get(), is_integer(K)])).
