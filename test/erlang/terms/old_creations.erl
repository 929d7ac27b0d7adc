%% Pids, ports and references of old nodes: their creation has two bits, though it takes a byte.
-module(old_creations).
-export([main/0]).

main() ->
    Creations = [0, 1, 3, 4, 255],
    Name = <<119, 3, "a@b">>,
    io:format("~w~n", [[decode(<<131, 103, Name/binary, 1:32, 2:32, C>>) || C <- Creations]]),
    io:format("~w~n", [[decode(<<131, 102, Name/binary, 1:32, C>>) || C <- Creations]]),
    io:format("~w~n", [[decode(<<131, 114, 1:16, Name/binary, C, 1:32>>) || C <- Creations]]),
    io:format("~w~n", [[decode(<<131, 101, Name/binary, 1:32, C>>) || C <- Creations]]).

decode(Binary) ->
    try binary_to_term(Binary) of _ -> ok catch error:Reason -> Reason end.
