%% old_opcodes_driver.erl -- what code/old_opcodes.S is called with.
-module(old_opcodes_driver).
-export([run/1]).

run(M) ->
    t:p("allocate_zero", M:allocate_zero([1, 2], x)),
    t:p("allocate_heap_zero", M:allocate_heap_zero({a}, b)),
    t:p("init", M:init(5)),
    t:p("make_fun2", (M:make_fun2(10, 20))(3)),
    t:p("floats", M:floats(1.5, 2.25)),
    t:e("floats badarith", fun() -> M:floats(a, 1.0) end),
    t:e("floats overflow", fun() -> M:floats(1.0e308, 1.0e308) end),
    t:p("recv", M:recv_marks(self())),
    t:p("set_tuple_element", M:set_tuple_element({a, b, c}, new)),
    t:p("is_ne", [M:is_ne(A, B) || A <- [1, 1.0, a], B <- [1, 2, a]]),
    t:p("has_map_fields", [M:has_map_fields(X) || X <- [#{}, #{a => 1}, #{a => 1, b => 2}, #{b => 1}, x]]),
    t:p("select_val", [M:select_atoms(X) || X <- [1, a, 2.0, b, 1 bsl 70, [], z]]),
    t:p("bs_init_bits", M:bits(5)),
    t:p("bs utf", M:utf(955)).
