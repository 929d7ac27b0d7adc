-module(atoms).
-export([main/0]).

main() ->
    t:p([atom_to_list(A) || A <- [a, 'A b', '', 'åäö', 'λx', '日本']]),
    t:p([atom_to_binary(A) || A <- [a, 'A b', '', 'åäö', 'λx', '日本']]),
    t:p(atom_to_binary('åäö', latin1)),
    t:e("latin1", fun() -> atom_to_binary('λ', latin1) end),
    t:p([list_to_atom("new atom"), list_to_atom([955, 956]), binary_to_atom(<<"bin">>),
         binary_to_atom(<<"\xe5">>, latin1), binary_to_atom(<<"\xce\xbb"/utf8>>, utf8) =/= x]),
    t:p(list_to_existing_atom("existing_here")),
    t:p(existing_here),
    t:p([list_to_existing_atom(t:id(T)) || T <- ["UP", "GET", "Content-Type", "X-Forwarded-For"]]),
    t:e("not existing", fun() -> list_to_existing_atom("no such atom " ++ "anywhere in sight") end),
    t:e("binary not existing", fun() -> binary_to_existing_atom(<<"no such atom, nowhere">>) end),
    t:e("too long", fun() -> list_to_atom(lists:duplicate(256, $x)) end),
    t:e("255", fun() -> length(atom_to_list(list_to_atom(lists:duplicate(255, $x)))) end),
    t:e("255 wide", fun() -> length(atom_to_list(list_to_atom(lists:duplicate(255, 955)))) end),
    t:e("too long binary", fun() -> binary_to_atom(binary:copy(<<"y">>, 256)) end),
    t:e("not a list", fun() -> list_to_atom(t:id(a)) end),
    t:e("not a string", fun() -> list_to_atom([a]) end),
    t:e("bad utf8", fun() -> binary_to_atom(<<255, 254>>) end),
    t:p(['hello world', 'Upper', '_under', a@b, 'a-b', 'end', '\n', '\\', '\'', 'if', nil, 'a.b', '1a', 'åäö']),
    t:p(lists:sort(['B', b, a, 'Z', aa, ab, 'å', '', 'a b', z])),
    t:p([a < b, 'A' < a, aa < b, '' < a, abc < abcd, 'λ' > z]),
    t:p(select(t:id(three))),
    t:p([bool(X) || X <- [true, false, maybe]]),
    t:p([not true, not false, true and false, true or false, true xor true]),
    t:e("not", fun() -> not t:id(1) end),
    t:e("and", fun() -> t:id(1) and true end),
    t:e("or", fun() -> false or t:id(x) end),
    t:e("andalso", fun() -> t:id(1) andalso true end),
    t:e("andalso value", fun() -> true andalso t:id(1) end),
    t:p(is_atom(t:id(undefined))).

select(one) -> 1;
select(two) -> 2;
select(three) -> 3;
select(four) -> 4;
select(five) -> 5.

bool(X) when X -> yes;
bool(X) when not X -> no;
bool(_) -> neither.
