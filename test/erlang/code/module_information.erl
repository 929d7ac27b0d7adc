-module(module_information).
-vsn("1.2").
-author(someone).
-custom([a, {b, 1}]).
-export([main/0, f/2]).

main() ->
    t:p(?MODULE:module_info(module)), t:p(lists:sort(?MODULE:module_info(exports))), t:p(lists:sort(?MODULE:module_info(attributes))),
    t:p(lists:sort([K || {K, _} <- ?MODULE:module_info(compile)])), t:p(byte_size(?MODULE:module_info(md5))),
    t:p(lists:sort([K || {K, _} <- ?MODULE:module_info()])), t:p(lists:member({g, 1}, ?MODULE:module_info(functions))), t:p(?MODULE:module_info(native)),
    t:e("bad", fun() -> ?MODULE:module_info(nope) end), t:p(erlang:module_loaded(?MODULE)), t:p(erlang:module_loaded(no_such)), t:p(lists:module_info(module)),
    t:p(erlang:function_exported(?MODULE, f, 2)), t:p(erlang:function_exported(?MODULE, g, 1)), t:p(length([x || {lists, _} <- [{lists, 1}]])), t:p(f(1, g(2))),
    t:p({?FILE =/= "", ?LINE, ?FUNCTION_NAME, ?FUNCTION_ARITY}).

f(A, B) -> {A, B}.
g(X) -> X.
