%% A guard that fails is false, whatever the reason.
-module(guard_failures).
-export([main/0]).

main() ->
    Values = [0, 1, -1, a, [], [1], {}, {1}, {1, 2}, <<>>, <<1>>, <<1:3>>, #{}, #{k => 1}, 1.5, 1 bsl 70],
    [io:format("~0p: ~w~n", [V, [G(V) || G <- guards()]]) || V <- Values].

guards() ->
    [fun(X) when hd(X) =:= 1 -> 1; (_) -> 0 end, fun(X) when tl(X) =:= [] -> 1; (_) -> 0 end,
     fun(X) when length(X) > 0 -> 1; (_) -> 0 end, fun(X) when element(1, X) =:= 1 -> 1; (_) -> 0 end,
     fun(X) when tuple_size(X) > 1 -> 1; (_) -> 0 end, fun(X) when size(X) >= 1 -> 1; (_) -> 0 end,
     fun(X) when byte_size(X) >= 1 -> 1; (_) -> 0 end, fun(X) when bit_size(X) >= 1 -> 1; (_) -> 0 end,
     fun(X) when map_size(X) >= 1 -> 1; (_) -> 0 end, fun(X) when map_get(k, X) =:= 1 -> 1; (_) -> 0 end,
     fun(X) when is_map_key(k, X) -> 1; (_) -> 0 end, fun(X) when X + 1 > 1 -> 1; (_) -> 0 end,
     fun(X) when 10 div X > 1 -> 1; (_) -> 0 end, fun(X) when 10 / X > 1 -> 1; (_) -> 0 end,
     fun(X) when abs(X) =:= 1 -> 1; (_) -> 0 end, fun(X) when -X < 0 -> 1; (_) -> 0 end,
     fun(X) when X rem 2 =:= 1 -> 1; (_) -> 0 end, fun(X) when trunc(X) =:= 1 -> 1; (_) -> 0 end,
     fun(X) when round(X) =:= 2 -> 1; (_) -> 0 end, fun(X) when float(X) > 0.5 -> 1; (_) -> 0 end,
     fun(X) when floor(X) =:= 1; ceil(X) =:= 2 -> 1; (_) -> 0 end, fun(X) when X band 1 =:= 1 -> 1; (_) -> 0 end,
     fun(X) when bnot X =:= -1 -> 1; (_) -> 0 end, fun(X) when X bsl 1 =:= 2 -> 1; (_) -> 0 end,
     fun(X) when binary_part(X, 0, 1) =:= <<1>> -> 1; (_) -> 0 end, fun(X) when not X -> 1; (_) -> 0 end,
     fun(X) when X -> 1; (_) -> 0 end, fun(X) when X and true -> 1; (_) -> 0 end,
     fun(X) when hd(X) =:= 1; element(1, X) =:= 1 -> 1; (_) -> 0 end,
     fun(X) when (X > 0) or (X < 0) -> 1; (_) -> 0 end, fun(X) when is_list(X) andalso hd(X) > 0 -> 1; (_) -> 0 end,
     fun(X) when is_tuple(X) orelse X =:= [] -> 1; (_) -> 0 end, fun(X) when self() =/= X, node() =/= X -> 1; (_) -> 0 end,
     fun(X) when is_function(X, 1) -> 1; (_) -> 0 end, fun(X) when is_binary(X), X =/= <<>> -> 1; (_) -> 0 end].
