# A supervision tree of gen_server, gen_statem and gen_event workers through 100,000 crashes and restarts: every request
# is answered or its death told, every crash restarted once, and memory stays what it was.
. test/cli/lib.bash
bin=$(dirname "$JOIST")
crashes=100000
[ "${PRESET:-release}" = release ] || crashes=3000
compile crashes <<'E'
-module(crashes).
-behaviour(supervisor).
-export([main/1, start_worker/2, init/1, callback_mode/0, handle_call/3, handle_cast/2, handle_event/4,
         handle_event/2, handle_call/2]).
-define(WORKERS, 8).  % of each kind

main([N]) ->
    Crashes = list_to_integer(atom_to_list(N)),
    persistent_term:put(starts, counters:new(1, [])),
    {ok, _} = supervisor:start_link({local, top}, ?MODULE, top),
    clients(Crashes div 2),
    Before = settled(),
    {Answered, Died} = clients(Crashes - Crashes div 2),
    After = settled(),
    Restarts = counters:get(persistent_term:get(starts), 1) - 3 * ?WORKERS,
    Left = [N1 || P <- processes(), {message_queue_len, N1} <- [process_info(P, message_queue_len)], N1 > 0],
    io:format("~p~n", [{answered, Answered, died, Died, restarts, Restarts, left, Left}]),
    Growth = [{What, element(I, After) - element(I, Before)} || {I, What} <- [{1, memory}, {2, atoms}, {3, processes}]],
    io:format("~p~n", [case Growth of
                           %% What is free in heaps and pools comes and goes by some megabytes; a worker that stays takes kilobytes.
                           [{_, Bytes}, {_, 0}, {_, 0}] when Bytes < 3000000 + 100 * Crashes -> flat;
                           _ -> Growth
                       end]),
    halt(0).

settled() ->
    timer:sleep(300),
    [garbage_collect(P) || P <- processes()],
    timer:sleep(100),
    {erlang:memory(total), erlang:system_info(atom_count), length(processes())}.

%% Four clients crash workers, in turn, and ask others meanwhile.
clients(Crashes) ->
    Pids = [spawn_monitor(fun() -> exit({done, client(Crashes div 4, I, 0, 0)}) end) || I <- [0, 1, 2, 3]],
    Results = [receive {'DOWN', R, process, P, {done, D}} -> D end || {P, R} <- Pids],
    {lists:sum([A || {A, _} <- Results]), lists:sum([D || {_, D} <- Results])}.

client(0, _, Answered, Died) -> {Answered, Died};
client(N, I, Answered, Died) ->
    Kind = element(N rem 3 + 1, {server, statem, event}),
    %% A client's own workers: nobody else crashes them.
    Name = name(Kind, I * 2 + N rem 2),
    N = ask(Kind, Name, {echo, N}),
    boom = crash(Kind, Name),
    client(N - 1, I, Answered + 1, Died + 1).

name(Kind, I) -> list_to_atom(atom_to_list(Kind) ++ integer_to_list(I)).

ask(Kind, Name, Request) ->
    try call(Kind, Name, Request)
    catch exit:{noproc, _} -> erlang:yield(), ask(Kind, Name, Request);
          exit:noproc -> erlang:yield(), ask(Kind, Name, Request)
    end.

crash(Kind, Name) ->
    try ask(Kind, Name, crash) of
        Answer -> {answered, Answer}
    catch
        exit:{{boom, _}, _} -> boom;
        exit:{boom, _} -> boom;
        exit:{killed, _} -> boom;
        exit:killed -> boom
    end.

call(server, Name, Request) -> gen_server:call(Name, Request, infinity);
call(statem, Name, Request) -> gen_statem:call(Name, Request, infinity);
call(event, Name, Request) -> gen_event:call(Name, ?MODULE, Request, infinity).

start_worker(server, Name) -> gen_server:start_link({local, Name}, ?MODULE, worker, []);
start_worker(statem, Name) -> gen_statem:start_link({local, Name}, ?MODULE, machine, []);
start_worker(event, Name) ->
    {ok, Pid} = gen_event:start_link(),
    ok = gen_event:add_handler(Pid, ?MODULE, worker),
    register(Name, Pid),  % when it can answer
    {ok, Pid}.

init(top) ->
    Often = #{intensity => 1000000, period => 1},
    {ok, {Often, [#{id => K, start => {supervisor, start_link, [?MODULE, K]}, type => supervisor} || K <- [server, statem, event]]}};
init(worker) -> started(), {ok, #{}};
init(machine) -> started(), {ok, idle, #{}};
init(Kind) ->
    {ok, {#{intensity => 1000000, period => 1},
          [#{id => I, start => {?MODULE, start_worker, [Kind, name(Kind, I)]}} || I <- lists:seq(0, ?WORKERS - 1)]}}.

started() -> counters:add(persistent_term:get(starts), 1, 1).

callback_mode() -> handle_event_function.
handle_call({echo, N}, _, State) -> {reply, N, State};
handle_call(crash, _, _) -> exit(boom).
handle_cast(_, State) -> {noreply, State}.
handle_event({call, From}, {echo, N}, _, _) -> {keep_state_and_data, [{reply, From, N}]};
handle_event({call, _}, crash, _, _) -> exit(boom).
handle_event(_, State) -> {ok, State}.
handle_call({echo, N}, State) -> {ok, N, State};
handle_call(crash, State) -> exit(self(), kill), {ok, late, State}.
E
(cd "$work" && timeout 240 "$bin/erl" -noshell -kernel logger_level none -s crashes main "$crashes" >"$out" 2>"$err") || fail "it crashed, or took too long"
later=$((crashes - crashes / 2))
prints "{answered,$later,died,$later,restarts,$crashes,left,[]}"
prints flat
