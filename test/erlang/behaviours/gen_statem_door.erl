-module(gen_statem_door).
-behaviour(gen_statem).
-export([main/0, init/1, callback_mode/0, locked/3, open/3, terminate/3]).

main() ->
    process_flag(trap_exit, true), {ok, D} = gen_statem:start_link({local, door}, ?MODULE, [1, 2, 3], []),
    [gen_statem:cast(door, {button, B}) || B <- [1, 2, 4]], t:p(gen_statem:call(door, state)), [gen_statem:cast(door, {button, B}) || B <- [1, 2, 3]], t:p(gen_statem:call(door, state)), t:p(gen_statem:call(door, count)), t:p(t:wait_until(fun() -> gen_statem:call(door, state) =:= locked end)), t:p(gen_statem:call(door, postponed_until_open, 1000)),
    t:p(sys:get_state(D) =/= x), D ! unexpected, t:p(gen_statem:call(door, state)), t:p(gen_statem:stop(D)), t:p(receive {'EXIT', D, R} -> R end), t:e("gone", fun() -> gen_statem:call(door, state) end), t:p(element(1, gen_statem:start(?MODULE, bad, []))).

callback_mode() -> [state_functions, state_enter].

init(bad) -> {stop, bad_code};
init(Code) -> {ok, locked, #{code => Code, rest => Code, count => 0}}.

locked(enter, Old, D) -> put(entered, {locked, Old}), {keep_state, D#{rest := maps:get(code, D)}};
locked(cast, {button, B}, D = #{rest := [B]}) -> {next_state, open, D#{count := maps:get(count, D) + 1}};
locked(cast, {button, B}, D = #{rest := [B | R]}) -> {keep_state, D#{rest := R}};
locked(cast, {button, _}, D = #{code := C}) -> {keep_state, D#{rest := C}};
locked({call, From}, postponed_until_open, D) -> {keep_state, D, [postpone, {{timeout, opener}, 20, From}, {next_event, internal, auto}]};
locked(internal, auto, D) -> {keep_state, D};
locked({timeout, opener}, _, D) -> {next_state, open, D};
locked(Type, Event, D) -> common(Type, Event, locked, D).

open(enter, _, _) -> {keep_state_and_data, [{state_timeout, 50, relock}]};
open(state_timeout, relock, D) -> {next_state, locked, D};
open({call, From}, postponed_until_open, _) -> {keep_state_and_data, [{reply, From, was_opened}]};
open(Type, Event, D) -> common(Type, Event, open, D).

common({call, From}, state, S, D) -> {keep_state, D, [{reply, From, S}]};
common({call, From}, count, _, #{count := C}) -> {keep_state_and_data, {reply, From, C}};
common(_, _, _, _) -> keep_state_and_data.

terminate(_, _, _) -> ok.
