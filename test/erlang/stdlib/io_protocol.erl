%% A process as group leader: the I/O protocol, with io_lib on the other side.
-module(io_protocol).
-export([main/0]).

main() ->
    S = self(), G = spawn_link(fun() -> device(["line one\n", "42. ", eof], []) end), Old = group_leader(),
    P = spawn(fun() ->
                  group_leader(G, self()),
                  io:put_chars("to the device "), io:format("~w ~s~n", [{a, 1}, "text"]),
                  S ! {read, io:get_line("> "), io:read("? "), io:get_line("> ")},
                  S ! {opts, io:getopts()}, S ! {columns, io:columns()}
              end),
    t:p(is_pid(P)), t:p(next()), t:p(next()), t:p(next()), G ! {dump, self()}, t:p(next()), t:p(group_leader() =:= Old),
    t:e("dead device", fun() -> io:put_chars(dead(), "x") end), t:p(io:put_chars(Old, "straight to the old\n")), t:p(io:setopts(G, [{binary, true}])),
    {ok, F} = file_like("some text\nmore\n"), t:p(io:get_line(F, "")), t:p(io:get_chars(F, "", 2)), t:p(io:get_line(F, "")), t:p(io:get_line(F, "")).

next() -> receive X -> X after 2000 -> timeout end.
dead() -> P = spawn(fun() -> ok end), t:wait_until(fun() -> not is_process_alive(P) end), P.
file_like(Text) -> {ok, spawn_link(fun() -> device([Text], []) end)}.

device(Input, Out) ->
    receive
        {io_request, From, As, Request} ->
            {Reply, In2, Out2} = request(Request, Input, Out),
            From ! {io_reply, As, Reply},
            device(In2, Out2);
        {dump, To} -> To ! {dumped, unicode:characters_to_list(lists:reverse(Out))}, device(Input, Out)
    end.

request({put_chars, _, C}, I, O) -> {ok, I, [C | O]};
request({put_chars, _, M, F, A}, I, O) -> {ok, I, [apply(M, F, A) | O]};
request(getopts, I, O) -> {[{binary, false}], I, O};
request({setopts, _}, I, O) -> {ok, I, O};
request({get_geometry, _}, I, O) -> {{error, enotsup}, I, O};
request({get_line, _, _}, I, O) -> get_until(io_lib, collect_line, [], [], I, O);
request({get_chars, _, _, N}, I, O) -> get_until(io_lib, collect_chars, [N], [], I, O);
request({get_until, _, _, M, F, A}, I, O) -> get_until(M, F, A, [], I, O);
request(_, I, O) -> {{error, request}, I, O}.

get_until(io_lib, collect_line, _, Acc, [L | I], O) when is_list(L) ->
    case string:split(L, "\n") of
        [A, ""] -> {Acc ++ A ++ "\n", I, O};
        [A, B] -> {Acc ++ A ++ "\n", [B | I], O};
        [A] -> get_until(io_lib, collect_line, [], Acc ++ A, I, O)
    end;
get_until(io_lib, collect_chars, [N], _, [L | I], O) when is_list(L) -> {lists:sublist(L, N), [lists:nthtail(min(N, length(L)), L) | I], O};
get_until(_, _, _, "", [], O) -> {eof, [], O};
get_until(_, _, _, "", [eof | I], O) -> {eof, I, O};
get_until(M, F, A, Acc, [L | I], O) ->
    case apply(M, F, [Acc, L | A]) of
        {done, R, eof} -> {R, I, O};
        {done, R, []} -> {R, I, O};
        {done, R, Rest} -> {R, [Rest | I], O};
        {more, C} -> get_until(M, F, A, C, I, O)
    end.
