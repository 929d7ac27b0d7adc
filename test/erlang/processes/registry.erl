-module(registry).
-export([main/0]).

main() ->
    P = spawn(fun() -> loop() end), t:p(register(server, P)), t:p(whereis(server) =:= P), t:p(whereis(nobody)), t:p(lists:member(server, registered())),
    server ! {self(), hello}, t:p(receive X -> X end), {server, node()} ! {self(), tuple}, t:p(receive Y -> Y end),
    t:p(element(2, erlang:send(server, {self(), send}))), t:p(receive Z -> Z end), t:p(process_info(P, registered_name)), t:p(process_info(self(), registered_name)),
    t:e("again", fun() -> register(server, P) end), t:e("two names", fun() -> register(other, P) end), t:e("taken", fun() -> register(server, self()) end),
    t:e("undefined", fun() -> register(undefined, self()) end), t:e("dead", fun() -> register(x, dead()) end), t:e("not a pid", fun() -> register(x, y) end),
    t:e("send nobody", fun() -> nobody ! x end), t:e("unregister", fun() -> unregister(nobody) end), t:p({nobody, node()} ! x),
    t:p(unregister(server)), t:p(whereis(server)), t:p(register(server, self())), t:p(unregister(server)), register(server, P), exit(P, kill),
    t:p(t:wait_until(fun() -> whereis(server) =:= undefined end)), t:p(register(server, spawn(fun() -> loop() end))), server ! stop,
    t:p(t:wait_until(fun() -> whereis(server) =:= undefined end)),
    t:p(erlang:send(self(), x, [noconnect])), t:p(erlang:send_nosuspend(self(), y)), t:p([receive M -> M end || M <- [x, y]]),
    t:e("send to int", fun() -> t:id(1) ! x end), t:e("send to list", fun() -> t:id([]) ! x end), t:p(dead() ! to_the_dead).

loop() -> receive {From, X} -> From ! {echo, X}, loop(); stop -> ok end.
dead() -> P = spawn(fun() -> ok end), t:wait_until(fun() -> not is_process_alive(P) end), P.
