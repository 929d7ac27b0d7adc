%% Maps: update and matching of small maps.
-module(maps_small).
-export([run/0]).

run() -> loop(3000000, #{count => 0, last => none, name => "x", sum => 0}, 0).

loop(0, #{count := C, sum := S}, Acc) -> {C, S, Acc};
loop(N, M = #{count := C, sum := S}, Acc) when N rem 3 =/= 0 -> loop(N - 1, M#{count := C + 1, sum := S + N}, Acc);
loop(N, M, Acc) ->
    M2 = M#{last => N},
    loop(N - 1, maps:remove(last, M2), Acc + maps:get(last, M2) band 7 + map_size(M2)).
