%% t.erl -- what the test programs share: values that the compiler cannot know, and printing of results.
-module(t).
-export([id/1, p/1, p/2, e/2, frames/1, st/2, sorted/1, wait_until/1, sockets/0]).

%% A value that the compiler cannot see through.
id(X) -> X.

p(Term) -> io:format("~0tp~n", [Term]).
p(Label, Term) -> io:format("~ts: ~0tp~n", [Label, Term]).

%% Prints the value of Fun, or the class and reason of its exception.
e(Label, Fun) ->
    Result = try Fun() of Value -> {ok, Value} catch Class:Reason -> {Class, Reason} end,
    p(Label, Result).

%% As e/2, with the stack trace down to the caller.
st(Label, Fun) ->
    try Fun() of
        Value -> p(Label, {ok, Value})
    catch Class:Reason:Stack ->
        io:format("~ts: ~0tp ~0tp~n", [Label, Class, Reason]),
        [io:format("    ~0tp~n", [Frame]) || Frame <- frames(Stack)]
    end,
    ok.

%% The frames of a stack trace above those of this module and of main, and without folders in file names.
frames(Stack) ->
    [{M, F, A, [strip(Info) || Info <- Where]}
     || {M, F, A, Where} <- lists:takewhile(fun({?MODULE, _, _, _}) -> false; (_) -> true end, Stack)].

strip({file, File}) -> {file, filename:basename(File)};
strip(Other) -> Other.

%% Starts what gen_tcp and file need of the application kernel, where that does not run.
sockets() ->
    [Start() || {Name, Start} <- [{inet_db, fun inet_db:start/0}, {file_server_2, fun file_server:start/0}], whereis(Name) =:= undefined],
    ok.

%% Lists of pairs of a map, in an order that no hash decides.
sorted(Map) -> lists:sort(maps:to_list(Map)).

%% Waits, at most five seconds, until Fun() is true.
wait_until(Fun) -> wait_until(Fun, 500).

wait_until(_, 0) -> timeout;
wait_until(Fun, N) ->
    case Fun() of
        true -> ok;
        false -> receive after 10 -> wait_until(Fun, N - 1) end
    end.
