%% joist_io -- the small boot's group leader: the Erlang I/O protocol on standard input, output and error.
%% One process answers output requests; another reads, so that waiting for input delays no output.
-module(joist_io).
-export([start/1, start_error/1, reader/1]).

%% Encoding: latin1 as the real emulator has it without a shell, unicode for Elixir programs.
start(Encoding) ->
    put(options, [{binary, false}, {encoding, Encoding}]),
    loop(1, spawn_opt(?MODULE, reader, [<<>>], [link])).

start_error(Encoding) ->
    put(options, [{binary, false}, {encoding, Encoding}]),
    loop(2, none).

loop(Fd, Reader) ->
    receive
        {io_request, From, ReplyAs, Request} ->
            case request(Fd, Reader, Request, From, ReplyAs) of
                later -> ok;
                Reply -> From ! {io_reply, ReplyAs, Reply}
            end,
            loop(Fd, Reader);
        {sync, From, Ref} ->
            From ! {synced, Ref},
            loop(Fd, Reader);
        _ ->
            loop(Fd, Reader)
    end.

request(Fd, _, {put_chars, Encoding, Chars}, _, _) -> put_chars(Fd, Encoding, Chars);
request(Fd, _, {put_chars, Encoding, M, F, A}, _, _) ->
    try apply(M, F, A) of
        Chars -> put_chars(Fd, Encoding, Chars)
    catch
        _:_ -> {error, put_chars}
    end;
request(Fd, Reader, {put_chars, Chars}, F, R) -> request(Fd, Reader, {put_chars, latin1, Chars}, F, R);
request(Fd, Reader, {put_chars, M, F, A}, From, R) -> request(Fd, Reader, {put_chars, latin1, M, F, A}, From, R);
request(Fd, Reader, {requests, Requests}, From, ReplyAs) -> requests(Fd, Reader, Requests, From, ReplyAs, ok);
request(_, _, getopts, _, _) -> get(options);
request(_, _, {setopts, Options}, _, _) -> set_options(Options);
request(_, _, {get_geometry, _}, _, _) -> {error, enotsup};
request(_, none, _, _, _) -> {error, enotsup};
request(Fd, Reader, Request, From, ReplyAs) when element(1, Request) =:= get_line;
                                                element(1, Request) =:= get_chars;
                                                element(1, Request) =:= get_until;
                                                element(1, Request) =:= get_password ->
    case element(2, Request) of
        Encoding when Encoding =:= latin1; Encoding =:= unicode ->
            prompt(Fd, element(3, Request)),
            Reader ! {input, From, ReplyAs, Request, get(options)},
            later;
        _ ->
            request(Fd, Reader, list_to_tuple([element(1, Request), latin1 | tl(tuple_to_list(Request))]), From, ReplyAs)
    end;
request(_, _, _, _, _) -> {error, request}.

requests(_, _, [], _, _, Reply) -> Reply;
requests(_, _, _, _, _, {error, _} = Error) -> Error;
requests(Fd, Reader, [R | Rest], From, ReplyAs, _) ->
    case {request(Fd, Reader, R, From, ReplyAs), Rest} of
        {later, _} -> later;
        {Reply, _} -> requests(Fd, Reader, Rest, From, ReplyAs, Reply)
    end.

put_chars(Fd, In, Chars) ->
    case unicode:characters_to_binary(Chars, In, utf8) of
        Utf8 when is_binary(Utf8) ->
            case encoding() of
                unicode -> joist:write(Fd, Utf8);
                latin1 -> joist:write(Fd, to_latin1(Utf8))
            end;
        _ -> {error, {no_translation, In, encoding()}}
    end.

%% Characters beyond Latin-1 are shown as \x{...}.
to_latin1(Utf8) ->
    case unicode:characters_to_binary(Utf8, utf8, latin1) of
        Bytes when is_binary(Bytes) -> Bytes;
        {_, Done, <<C/utf8, Rest/binary>>} ->
            [Done, "\\x{", integer_to_list(C, 16), "}", to_latin1(Rest)]
    end.

encoding() ->
    {_, Encoding} = lists:keyfind(encoding, 1, get(options)),
    Encoding.

set_options(Options) ->
    try
        New = lists:foldl(
                fun(binary, Acc) -> lists:keystore(binary, 1, Acc, {binary, true});
                   (list, Acc) -> lists:keystore(binary, 1, Acc, {binary, false});
                   ({binary, B}, Acc) when is_boolean(B) -> lists:keystore(binary, 1, Acc, {binary, B});
                   ({encoding, E}, Acc) when E =:= unicode; E =:= utf8 ->
                        lists:keystore(encoding, 1, Acc, {encoding, unicode});
                   ({encoding, latin1}, Acc) -> lists:keystore(encoding, 1, Acc, {encoding, latin1})
                end, get(options), Options),
        put(options, New),
        ok
    catch
        error:_ -> {error, enotsup}
    end.

prompt(_, '') -> ok;
prompt(Fd, {format, Format, Args}) -> joist:write(Fd, unicode:characters_to_binary(io_lib:format(Format, Args)));
prompt(Fd, Prompt) when is_atom(Prompt) -> joist:write(Fd, atom_to_binary(Prompt));
prompt(Fd, Prompt) -> joist:write(Fd, unicode:characters_to_binary(Prompt)).

%% ---- input ----------------------------------------------------------------------------------------------

%% `Buffer`: bytes read and not yet used, or eof after the end.
reader(Buffer) ->
    receive
        {input, From, ReplyAs, Request, Options} ->
            {Reply, Rest} = input(Request, Buffer, Options),
            From ! {io_reply, ReplyAs, Reply},
            reader(Rest)
    end.

input({get_line, Enc, _}, Buffer, Options) -> get_line(Enc, Buffer, 0, Options);
input({get_password, Enc, _}, Buffer, Options) -> get_line(Enc, Buffer, 0, Options);
input({get_chars, Enc, _, N}, Buffer, Options) -> get_chars(Enc, Buffer, N, Options);
input({get_until, Enc, _, M, F, A}, Buffer, Options) ->
    get_until(Enc, Buffer, [], M, F, A, Options).

get_line(Enc, eof, _, _) -> {eof_of(Enc), eof};
get_line(Enc, Buffer, From, Options) ->
    case binary:match(Buffer, <<"\n">>, [{scope, {From, byte_size(Buffer) - From}}]) of
        {At, 1} ->
            <<Line:(At + 1)/binary, Rest/binary>> = Buffer,
            {result(Line, Enc, Options), Rest};
        nomatch ->
            case joist:read(0, 65536) of
                {ok, More} -> get_line(Enc, <<Buffer/binary, More/binary>>, byte_size(Buffer), Options);
                _ when Buffer =:= <<>> -> {eof, eof};
                _ -> {result(Buffer, Enc, Options), eof}
            end
    end.

eof_of(_) -> eof.

get_chars(_, eof, _, _) -> {eof, eof};
get_chars(Enc, Buffer, N, Options) ->
    {encoding, In} = lists:keyfind(encoding, 1, Options),
    case split_chars(Buffer, N, In) of
        {Chars, Rest} -> {result(Chars, Enc, Options), Rest};
        more ->
            case joist:read(0, 65536) of
                {ok, More} -> get_chars(Enc, <<Buffer/binary, More/binary>>, N, Options);
                _ when Buffer =:= <<>> -> {eof, eof};
                _ -> {result(Buffer, Enc, Options), eof}
            end
    end.

split_chars(Buffer, N, latin1) ->
    case Buffer of
        <<Chars:N/binary, Rest/binary>> -> {Chars, Rest};
        _ -> more
    end;
split_chars(Buffer, N, unicode) -> split_utf8(Buffer, N, 0).

split_utf8(Buffer, 0, At) ->
    <<Chars:At/binary, Rest/binary>> = Buffer,
    {Chars, Rest};
split_utf8(Buffer, N, At) ->
    case Buffer of
        <<_:At/binary, C/utf8, _/binary>> -> split_utf8(Buffer, N - 1, At + byte_size(<<C/utf8>>));
        _ -> more
    end.

get_until(Enc, eof, Cont, M, F, A, Options) ->
    case catch apply(M, F, [Cont, eof | A]) of
        {done, Result, _} -> {until_result(Result, Enc, Options), eof};
        _ -> {{error, F}, eof}
    end;
get_until(Enc, <<>>, Cont, M, F, A, Options) ->
    case joist:read(0, 65536) of
        {ok, More} -> get_until(Enc, More, Cont, M, F, A, Options);
        _ -> get_until(Enc, eof, Cont, M, F, A, Options)
    end;
get_until(Enc, Buffer, Cont, M, F, A, Options) ->
    {encoding, In} = lists:keyfind(encoding, 1, Options),
    {Line, Later} = case binary:split(Buffer, <<"\n">>) of
                        [L, R] -> {<<L/binary, "\n">>, R};
                        [L] -> {L, <<>>}
                    end,
    Chars = unicode:characters_to_list(Line, In),
    case catch apply(M, F, [Cont, Chars | A]) of
        {done, Result, eof} -> {until_result(Result, Enc, Options), eof};
        {done, Result, Rest} ->
            Back = unicode:characters_to_binary(Rest, unicode, In),
            {until_result(Result, Enc, Options), <<Back/binary, Later/binary>>};
        {more, Cont1} -> get_until(Enc, Later, Cont1, M, F, A, Options);
        _ -> {{error, F}, Later}
    end.

until_result(Result, Enc, Options) when is_list(Result) ->
    case lists:keyfind(binary, 1, Options) of
        {_, true} -> unicode:characters_to_binary(Result, unicode, Enc);
        _ -> Result
    end;
until_result(Result, _, _) -> Result.

result(Bytes, Enc, Options) ->
    {encoding, In} = lists:keyfind(encoding, 1, Options),
    case lists:keyfind(binary, 1, Options) of
        {_, true} when In =:= Enc -> Bytes;
        {_, true} -> unicode:characters_to_binary(Bytes, In, Enc);
        _ -> unicode:characters_to_list(Bytes, In)
    end.
