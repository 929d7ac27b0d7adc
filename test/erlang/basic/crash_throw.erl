-module(crash_throw).
-export([main/0]).

main() -> throw(t:id(ball)).
