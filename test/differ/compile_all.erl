%% compile_all -- compiles the abstract code that lies in .beam files, and writes for each a line
%% "MODULE MD5-OF-THE-BINARY MICROSECONDS".
-module(compile_all).
-export([main/1]).

main(Files) ->
    [io:put_chars(line(F)) || F <- Files],
    io:put_chars("end\n").

line(File) ->
    {ok, {Module, [{debug_info, {debug_info_v1, Backend, {Forms, Options}}}]}} = beam_lib:chunks(read(File), [debug_info]),
    erl_abstract_code = Backend,
    garbage_collect(),
    Start = erlang:monotonic_time(microsecond),
    Result = compile:forms(Forms, [binary | [O || O <- Options, keep(O)]]),
    Time = erlang:monotonic_time(microsecond) - Start,
    Text = case Result of
               {ok, Module, Binary} -> digest(erlang:md5(Binary));
               {ok, Module, Binary, _} -> digest(erlang:md5(Binary));
               Other -> io_lib:format("~0p", [Other])
           end,
    io_lib:format("~w ~s ~w~n", [Module, Text, Time]).

read(File) -> {ok, Binary} = prim_file:read_file(File), Binary.
digest(Bytes) -> [io_lib:format("~2.16.0b", [B]) || <<B>> <= Bytes].

keep(O) -> not lists:member(O, [report, report_errors, report_warnings, verbose, warnings_as_errors, return]).
