%% joist_program -- in a bundled program: calls its main function with the words of the command line.
-module(joist_program).
-export([start/1]).

%% Ends the VM with 0; with 1 if the function fails, after telling how.
start([Module, Function]) ->
    M = list_to_atom(Module),
    Words = init:get_plain_arguments(),
    Arguments = case Module of
                    "Elixir." ++ _ -> elixir_arguments(Words);
                    _ -> Words
                end,
    try M:(list_to_atom(Function))(Arguments) of
        _ -> init:stop(0)
    catch
        Class:Reason:Stack ->
            Text = case Module of
                       "Elixir." ++ _ -> elixir_text(Class, Reason, Stack);
                       _ -> erl_text(Class, Reason, Stack)
                   end,
            io:put_chars(standard_error, [Text, $\n]),
            halt(1)
    end.

%% As Elixir's own start does: binaries, kept for System.argv(), and output in Unicode.
elixir_arguments(Words) ->
    [io:setopts(Device, [binary, {encoding, utf8}]) || Device <- [standard_io, standard_error]],
    Arguments = [unicode:characters_to_binary(W) || W <- Words],
    'Elixir.System':argv(Arguments),
    Arguments.

elixir_text(Class, Reason, Stack) -> 'Elixir.Exception':format(Class, Reason, Stack).

erl_text(Class, Reason, Stack) ->
    erl_error:format_exception(Class, Reason, Stack).
