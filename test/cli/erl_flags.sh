# The emulator's flags: what is refused, and with which words.
. test/cli/erl_lib.bash
for flags in "+foo" "+A 1025" "+S x" "+S 2:3" "+P 5" "+t 3" "+W q" "+hqq 1" "+hmqd foo" "+sbt q" "+sxx" "+zqq" "+zdbbl 0" "+pc q" \
             "+fnq" "+C q" "+cq" "+SDio 0" "+R 99" "+T 99" "+Q 3" "+n x" "+Mxx 1" "+rg x"; do
  same erl $flags -noshell -noinput -eval 'halt(3).'
done
same erl +V
same erl -version
flags='+P 2000 +Q 3000 +t 20000 +hms 400 +hmqd off_heap +W i +pc unicode +spp true +A 3 +zdbbl 5 +T 2 +C multi_time_warp'
same erl $flags +S 3:2 -noshell -noinput -eval 'io:format("~p~n", [[{K, erlang:system_info(K)} || K <- [schedulers,
  schedulers_online, process_limit, port_limit, atom_limit, min_heap_size, message_queue_data, port_parallelism,
  thread_pool_size, dist_buf_busy_limit, modified_timing_level, time_warp_mode]]]),
  io:format("~p~n", [{io:printable_range(), error_logger:warning_map()}]), halt().'
# What the emulator was called with, and what there is no more.
same erl $flags +A 3 -noshell -eval 'io:format("~tp ~p~n", [erlang:system_info(emu_args), erlang:system_info(hipe_architecture)]), halt().' -extra a 'b ä' -- +x
