%% bench_driver.erl -- runs one program once in this virtual machine; prints its time in microseconds and a hash
%% of its answer. Loading and printing are outside the time.
-module(bench_driver).
-export([main/1]).

main([Name]) ->
    Module = list_to_atom(Name),
    Module:module_info(),
    Start = erlang:monotonic_time(),
    Answer = Module:run(),
    Stop = erlang:monotonic_time(),
    io:format("~w ~w~n", [erlang:convert_time_unit(Stop - Start, native, microsecond), erlang:phash2(Answer)]),
    halt(0).
