-module(absent_monitors).
-export([main/0]).

%% Monitors of pids of other nodes, none of which is connected, and of names there.
main() ->
    P = binary_to_term(<<131, 88, 119, 5, "a@b.c", 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 3>>),
    R1 = monitor(process, P), t:p(receive {'DOWN', R1, T1, O1, W1} -> {T1, O1 =:= P, W1} after 1000 -> nothing end),
    t:e("name", fun() -> monitor(process, {foo, t:id('a@b.c')}) end), t:e("port", fun() -> monitor(port, {foo, t:id('a@b.c')}) end),
    R2 = monitor(process, P, [{tag, {my, tag}}, {alias, explicit_unalias}]),
    t:p(receive {{my, tag}, R2, T2, O2, W2} -> {T2, O2 =:= P, W2} after 1000 -> nothing end),
    R2 ! by_alias, t:p(receive by_alias -> got after 500 -> nothing end), t:p(unalias(R2)),
    t:p(demonitor(monitor(process, P), [flush])), t:p(receive X -> X after 50 -> nothing end),
    %% This node, in an earlier life.
    Bin = term_to_binary(self()), N = byte_size(Bin) - 1, <<Begin:N/binary, Last>> = Bin, Old = binary_to_term(<<Begin/binary, (Last + 1)>>),
    R3 = monitor(process, Old), t:p(receive {'DOWN', R3, process, Old, W3} -> W3 after 1000 -> nothing end).
