%% Does what the first argument's file says, a list of operations, on the terminal driver, and ends.
-module(terminal_operations).
-export([main/1]).

main([File]) ->
    {ok, Bin} = prim_file:read_file(File),
    process_flag(trap_exit, true),
    P = open_port({spawn, "tty_sl -c -e"}, [eof]),
    [port_command(P, command(O)) || O <- binary_to_term(Bin)],
    port_command(P, [5, "\nEND\n"]),
    receive {P, ok} -> ok after 30000 -> ok end,
    port_close(P),
    erlang:halt(0).

command({put, S}) -> [0, S];
command({ins, S}) -> [2, S];
command({move, N}) -> <<1, N:16>>;
command({del, N}) -> <<3, N:16>>;
command(beep) -> [4].
