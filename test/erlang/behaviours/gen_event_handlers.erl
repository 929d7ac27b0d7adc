-module(gen_event_handlers).
-behaviour(gen_event).
-export([main/0, init/1, handle_event/2, handle_call/2, handle_info/2, terminate/2]).

main() ->
    {ok, E} = gen_event:start_link(), t:p(gen_event:add_handler(E, ?MODULE, 0)), t:p(gen_event:add_handler(E, {?MODULE, two}, 100)), t:p(lists:sort(gen_event:which_handlers(E))), [gen_event:notify(E, {add, I}) || I <- [1, 2, 3]], t:p(gen_event:sync_notify(E, {add, 4})), t:p([gen_event:call(E, H, get) || H <- [?MODULE, {?MODULE, two}]]),
    t:p(gen_event:call(E, nope, get)), E ! {add, 5}, t:p(gen_event:call(E, ?MODULE, get)), t:p(gen_event:delete_handler(E, {?MODULE, two}, args)), t:p(gen_event:swap_handler(E, {?MODULE, swap}, {{?MODULE, new}, 7})), t:p(gen_event:call(E, {?MODULE, new}, get)), t:p(gen_event:sync_notify(E, remove)), t:p(gen_event:which_handlers(E)), t:p(gen_event:add_handler(E, ?MODULE, bad)), t:p(gen_event:stop(E)).

init({N, {swapped, Old}}) -> {ok, {N, Old}};
init(bad) -> {error, refused};
init(N) -> {ok, N}.
handle_event({add, I}, N) -> {ok, N + I};
handle_event(remove, _) -> remove_handler.
handle_call(get, N) -> {ok, N, N}.
handle_info({add, I}, N) -> {ok, N + I * 10}.
terminate(swap, N) -> {swapped, N};
terminate(R, N) -> {terminated, R, N}.
