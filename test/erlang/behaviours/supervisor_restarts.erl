-module(supervisor_restarts).
-behaviour(supervisor).
-export([main/0, init/1, start_worker/2, worker/2]).

main() ->
    process_flag(trap_exit, true),
    {ok, S} = supervisor:start_link({local, top}, ?MODULE, {one_for_one, 5, [{a, permanent}, {b, transient}, {c, temporary}]}), t:p(names(S)), t:p(supervisor:count_children(S)),
    A1 = whereis(a), crash(a, A1), t:p(whereis(a) =/= A1), stop(b), t:p(names(S)), crash(c, whereis(c)), t:p(names(S)), t:p(supervisor:restart_child(S, b) =/= x), t:p(is_pid(whereis(b))), t:p(supervisor:terminate_child(S, b)), t:p(supervisor:delete_child(S, b)), t:p(supervisor:delete_child(S, nope)), t:p(element(1, supervisor:start_child(S, spec({d, permanent})))), t:p(element(1, element(2, supervisor:start_child(S, spec({d, permanent}))))), t:p(names(S)), t:p(supervisor:get_childspec(S, d) =/= x),
    Before = [whereis(N) || N <- [a, d]], unlink(S), R = monitor(process, S), exit(S, shutdown), t:p(receive {'DOWN', R, _, _, W} -> W end), t:p([is_process_alive(P) || P <- Before]),
    {ok, S2} = supervisor:start_link(?MODULE, {one_for_all, 5, [{a, permanent}, {b, permanent}]}), [A2, B2] = [whereis(N) || N <- [a, b]], crash(a, A2), t:p(t:wait_until(fun() -> is_pid(whereis(b)) andalso whereis(b) =/= B2 end)), t:p(t:wait_until(fun() -> is_pid(whereis(a)) end)), shut(S2),
    {ok, S3} = supervisor:start_link(?MODULE, {rest_for_one, 5, [{a, permanent}, {b, permanent}, {c, permanent}]}), [A3, B3, C3] = [whereis(N) || N <- [a, b, c]], crash(b, B3), t:p(t:wait_until(fun() -> is_pid(whereis(c)) andalso whereis(c) =/= C3 end)), t:p(whereis(a) =:= A3), shut(S3),
    {ok, S4} = supervisor:start_link(?MODULE, {one_for_one, 2, [{a, permanent}]}), [begin catch crash(a, whereis(a)) end || _ <- [1, 2, 3]], t:p(receive {'EXIT', S4, W4} -> W4 after 2000 -> timeout end),
    {ok, S5} = supervisor:start_link(?MODULE, simple), Ps = [begin {ok, P} = supervisor:start_child(S5, [list_to_atom("dyn" ++ integer_to_list(I))]), P end || I <- [1, 2, 3]], t:p(length(Ps)), t:p(proplists:get_value(active, supervisor:count_children(S5))), crash(dyn2, whereis(dyn2)), t:p(t:wait_until(fun() -> is_pid(whereis(dyn2)) end)), t:p(supervisor:terminate_child(S5, hd(Ps))), t:p(proplists:get_value(active, supervisor:count_children(S5))), shut(S5),
    t:p(element(1, supervisor:start_link(?MODULE, {one_for_one, 1, [{bad, permanent}]}))), t:p(receive {'EXIT', _, W6} -> element(1, W6) after 1000 -> none end), t:p(supervisor:check_childspecs([spec({x, permanent})])), t:p(element(1, supervisor:check_childspecs([#{id => x}]))).

init(simple) -> {ok, {#{strategy => simple_one_for_one, intensity => 5, period => 10}, [#{id => dyn, start => {?MODULE, start_worker, [dynamic]}, shutdown => brutal_kill}]}};
init({Strategy, Intensity, Children}) -> {ok, {{Strategy, Intensity, 10}, [spec(C) || C <- Children]}}.

spec({Name, Restart}) -> #{id => Name, start => {?MODULE, start_worker, [static, Name]}, restart => Restart, shutdown => 1000, type => worker, modules => [?MODULE]}.

start_worker(_, bad) -> {error, cannot_start};
start_worker(_, Name) -> proc_lib:start_link(?MODULE, worker, [self(), Name]).

worker(Parent, Name) -> register(Name, self()), proc_lib:init_ack(Parent, {ok, self()}), receive crash -> exit(crashed); stop -> ok end.

names(S) -> [{N, is_pid(P)} || {N, P, _, _} <- lists:sort(supervisor:which_children(S))].
crash(N, P) -> R = monitor(process, P), P ! crash, receive {'DOWN', R, _, _, _} -> ok end, t:wait_until(fun() -> case whereis(N) of undefined -> N =:= c; Q -> Q =/= P end end).
stop(N) -> P = whereis(N), R = monitor(process, P), N ! stop, receive {'DOWN', R, _, _, normal} -> ok end.
shut(S) -> exit(S, shutdown), receive {'EXIT', S, R} -> t:p(R) after 2000 -> t:p(timeout) end.
