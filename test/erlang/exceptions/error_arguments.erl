-module(error_arguments).
-export([main/0]).

%% What stands in the place of a function's arguments in a stack trace.
main() ->
    [t:st("error/2", fun() -> erlang:error(reason, t:id(Args)) end) || Args <- [[], [1, 2], [1 | improper], none, not_a_list, {}]],
    [t:st("error/3", fun() -> erlang:error(reason, t:id(Args), [{error_info, #{}}]) end) || Args <- [[], [1 | improper], none]].
