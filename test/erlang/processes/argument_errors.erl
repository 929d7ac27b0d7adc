%% Of several wrong arguments, which one an error names in its cause; and errors that come before those of arguments.
-module(argument_errors).
-export([main/0]).

main() ->
    Ref = make_ref(),
    Gone = spawn(fun() -> ok end),
    Calls = [{start_timer, [a, 0, x]}, {start_timer, [0, 0, x]}, {start_timer, [-1, self(), x]},
             {start_timer, [a, 0, x, [y]]}, {send_after, [a, 0, x]}, {send_after, [0, "x", x]},
             {send_after, [0, self(), x, y]}, {send_after, [1, self(), x, [{abs, y}]]},
             {read_timer, [a, [x]]}, {read_timer, [Ref, [x]]}, {cancel_timer, [a, [x]]}, {cancel_timer, [Ref, [x]]},
             {cancel_timer, [Ref, [{async, x}]]}, {demonitor, [a, [x]]}, {demonitor, [Ref, [x]]}, {demonitor, [Ref, x]},
             {suspend_process, [a, [x]]}, {suspend_process, [self(), [x]]}, {suspend_process, [Gone, [x]]},
             {port_info, [none, x]}, {port_info, [hd(erlang:ports()), x]}, {port_info, [1, x]},
             {monitor_node, [node(), x]}, {monitor_node, [node(), true]}, {monitor_node, [other, x]},
             {monitor_node, [1, x]}, {halt, [0, [x]]}, {halt, [0, [{flush, x}]]}, {halt, [0, x]},
             {process_info, [self(), async_dist]}],
    [io:format("~w ~w: ~w~n", [F, shown(Args), result(F, Args)]) || {F, Args} <- Calls],
    io:format("~p~n", [[erlang:system_info(K) || K <- [time_offset, time_warp_mode, tolerant_timeofday, compat_rel, nif_version]]]).

shown(Args) -> [case A of _ when is_pid(A); is_port(A); is_reference(A) -> id; _ -> A end || A <- Args].

result(F, Args) ->
    try apply(erlang, F, Args)
    catch Class:Reason:Stack -> {Class, Reason, cause(F, Stack)}
    end.

cause(F, [{erlang, F, _, Info} | _]) -> proplists:get_value(error_info, Info);
cause(_, _) -> none.
