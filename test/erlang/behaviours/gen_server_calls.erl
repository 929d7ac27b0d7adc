-module(gen_server_calls).
-behaviour(gen_server).
-export([main/0, init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3]).

main() ->
    process_flag(trap_exit, true),
    {ok, P} = gen_server:start_link({local, counter}, ?MODULE, 10, []), t:p(whereis(counter) =:= P), t:p([gen_server:call(counter, {add, I}) || I <- [1, 2, 3]]), t:p(gen_server:cast(counter, {set, 5})), t:p(gen_server:call(P, get)),
    P ! {info, self()}, t:p(next()), t:p(gen_server:call(P, later)), t:p(gen_server:call(P, continue)), t:p(gen_server:call(P, get)), t:e("timeout", fun() -> try gen_server:call(P, never, 30) catch exit:{Rn, _} -> Rn end end), t:p(sys:get_state(P)), t:p(sys:replace_state(P, fun(_) -> 100 end)), t:p(gen_server:call(P, get)),
    t:p(sys:suspend(P)), t:e("suspended", fun() -> try gen_server:call(P, get, 20) catch exit:{Rs, _} -> Rs end end), t:p(sys:resume(P)), R = gen_server:send_request(P, get), t:p(gen_server:wait_response(R, 1000)), t:p(element(1, gen_server:multi_call([node()], counter, get))), t:p(gen_server:abcast(counter, {set, 7})), t:p(gen_server:call(P, get)), t:p(gen_server:call(P, timeout_state)), t:p(next()),
    t:p(gen_server:stop(P)), t:p(next()), t:p(next() =:= {'EXIT', P, normal}), t:e("noproc", fun() -> gen_server:call(counter, get) end), t:p(gen_server:start_link(?MODULE, stop, [])), t:p(element(2, next())  =/= x), t:p(gen_server:start(?MODULE, ignore, [])), t:p(element(1, gen_server:start(?MODULE, crash, []))),
    {ok, P2} = gen_server:start(?MODULE, 1, []), M = monitor(process, P2), t:e("crash", fun() -> element(1, element(1, try gen_server:call(P2, crash) catch exit:X -> X end)) end), t:p(receive {'DOWN', M, _, _, {Reason, _}} -> Reason end), {ok, P3} = gen_server:start_link(?MODULE, 1, []), exit(P3, shutdown), t:p(next()), t:p(next() =:= {'EXIT', P3, shutdown}),
    {ok, P4} = gen_server:start(?MODULE, 4, []), M4 = monitor(process, P4), gen_server:cast(P4, bad_return), t:p(receive {'DOWN', M4, _, _, R4} -> R4 end), {ok, P5} = gen_server:start(?MODULE, 5, [{timeout, 1000}]), t:p(gen_server:call(P5, {stop, bye})), t:p(gen_server:start({local, init}, ?MODULE, 1, []) =/= ok), t:p(proc_lib_test()).

init(stop) -> {stop, refused};
init(ignore) -> ignore;
init(crash) -> error(in_init);
init(N) -> process_flag(trap_exit, true), put(main, hd(get('$ancestors'))), {ok, N}.

handle_call({add, I}, _, N) -> {reply, N + I, N + I};
handle_call(get, _, N) -> {reply, N, N};
handle_call(later, From, N) -> spawn(fun() -> gen_server:reply(From, late_reply) end), {noreply, N};
handle_call(continue, _, N) -> {reply, continuing, N, {continue, double}};
handle_call(never, _, N) -> {noreply, N};
handle_call(timeout_state, {Pid, _}, _) -> {reply, ok, {waiting, Pid}, 10};
handle_call(crash, _, _) -> error(crashed);
handle_call({stop, R}, _, N) -> {stop, normal, {stopping, R}, N}.

handle_cast({set, N}, _) -> {noreply, N};
handle_cast(bad_return, _) -> oops.

handle_info({info, P}, N) -> P ! {info_seen, N}, {noreply, N};
handle_info(timeout, {waiting, P}) -> P ! timed_out, {noreply, {was_waiting, P}};
handle_info(_, N) -> {noreply, N}.

handle_continue(double, N) -> {noreply, N * 2}.

terminate(R, {was_waiting, P}) -> P ! {terminated, R};
terminate(R, _) -> case get(main) of P when is_pid(P), R =:= shutdown -> P ! {terminated, R}; _ -> ok end.
code_change(_, S, _) -> {ok, S}.

next() -> receive X -> X after 2000 -> timeout end.

proc_lib_test() ->
    S = self(), {ok, P} = proc_lib:start_link(erlang, apply, [fun() -> proc_lib:init_ack(S, {ok, self()}), receive stop -> ok end end, []]), P ! stop, {'EXIT', P, R} = next(), {R, is_pid(proc_lib:spawn(fun() -> ok end))}.
