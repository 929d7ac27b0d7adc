%% Why register/2 fails, as error_info says it: that the process is gone, or has a name, comes before that the name is taken.
-module(register_errors).
-export([main/0]).

main() ->
    register(mine, self()),
    {P, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, P, normal} -> ok end,
    Other = spawn(fun() -> receive stop -> ok end end),
    Port = open_port({spawn, "cat"}, []),
    [io:format("~p~n", [cause(fun() -> register(Name, Who) end)])
     || {Name, Who} <- [{mine, self()}, {mine, Other}, {other, self()}, {mine, P}, {other, P}, {undefined, Other},
                        {"text", Other}, {mine, Port}, {other, Port}, {another, Port}, {other, Other}, {other, other}]],
    io:format("~p~n", [cause(fun() -> unregister(nobody) end)]).

cause(F) ->
    try F()
    catch error:Reason:Stack ->
        {_, _, _, Info} = hd(Stack),
        {Reason, maps:get(cause, proplists:get_value(error_info, Info), missing)}
    end.
