%% Terms of every kind survive collections, minor and major, in registers, on the stack and in messages.
-module(garbage).
-export([main/0]).

main() ->
    T = build(50), H = erlang:phash2(T), churn(4000, []), t:p(erlang:phash2(T) =:= H), erlang:garbage_collect(), t:p(erlang:phash2(T) =:= H),
    t:p(deep(1000, T)), t:p(H =:= erlang:phash2(T)), L = lists:foldl(fun(I, A) -> [I, {I}, I * 1.5 | A] end, [], lists:seq(1, 8000)), t:p(length(L)), t:p(erlang:phash2(L)),
    t:p(tree_sum(tree(11))), t:p(queue(1500, queue:new())), S = self(),
    Ps = [spawn_link(fun() -> X = build(20), churn(1500, []), S ! {self(), erlang:phash2(X), X} end) || _ <- lists:seq(1, 4)],
    t:p(length(lists:usort([receive {P, Hash, X} -> Hash = erlang:phash2(X) end || P <- Ps]))),
    B = [binary:copy(<<I>>, 1000) || I <- lists:seq(0, 255)], churn(1500, []), t:p(erlang:crc32(B)), t:p(bins(500, <<>>)), t:p(funs(1000, fun(X) -> X end)), t:p(maps_loop(1000, #{})),
    t:p(string_loop(1000, [])), t:p(bigs(500, 1) rem 1000000007), {_, R} = spawn_monitor(fun() -> exit(build(30)) end), receive {'DOWN', R, _, _, E} -> t:p(erlang:phash2(E)) end,
    t:p(erlang:phash2(catch throw(build(10)))), t:p(keep(200, [], T) =:= H).

build(0) -> end_of_it;
build(N) -> {N, [N, float(N), N bsl 70, <<N:16>>, <<N:3>>, #{N => [N]}, "str", atom], binary:copy(<<N>>, 70), build(N - 1)}.

churn(0, Acc) -> length(Acc);
churn(N, _) when N rem 1000 =:= 0 -> churn(N - 1, []);
churn(N, Acc) -> churn(N - 1, [{N, [N]}, <<N:64>> | Acc]).

deep(0, T) -> erlang:phash2(T);
deep(N, T) -> X = {N, [N]}, R = deep(N - 1, T), {N, [N]} = X, R.

tree(0) -> leaf;
tree(N) -> {tree(N - 1), N, tree(N - 1)}.
tree_sum(leaf) -> 0;
tree_sum({L, N, R}) -> tree_sum(L) + N + tree_sum(R).

queue(0, Q) -> queue:len(Q);
queue(N, Q) -> Q1 = queue:in({N, "item"}, Q), queue(N - 1, case queue:len(Q1) > 100 of true -> queue:drop(Q1); false -> Q1 end).

bins(0, B) -> erlang:crc32(B);
bins(N, B) -> <<_:(bit_size(B) div 2), Half/bits>> = B, bins(N - 1, <<Half/bits, N:32, B/bits>>, 500).
bins(N, B, Max) when byte_size(B) > Max -> <<C:100/binary, _/bits>> = B, bins(N, C);
bins(N, B, _) -> bins(N, B).

funs(0, F) -> F(1);
funs(N, F) when N rem 50 =:= 0 -> V = F(N), funs(N - 1, fun(X) -> X + V end);
funs(N, F) -> funs(N - 1, fun(X) -> F(X + 1) end).

maps_loop(0, M) -> map_size(M);
maps_loop(N, M) -> maps_loop(N - 1, maps:remove(N + 200, M#{N => {N, [N]}})).

string_loop(0, Acc) -> length(Acc);
string_loop(N, Acc) -> string_loop(N - 1, lists:sublist(integer_to_list(N) ++ Acc, 100)).

bigs(0, A) -> A;
bigs(N, A) -> bigs(N - 1, A * (N + 1)).

keep(0, _, T) -> erlang:phash2(T);
keep(N, Acc, T) -> erlang:garbage_collect(self(), [{type, case N rem 2 of 0 -> minor; 1 -> major end}]), keep(N - 1, [{N, lists:seq(1, N)} | Acc], T).
