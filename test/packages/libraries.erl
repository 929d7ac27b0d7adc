%% Libraries that Debian packages, many with native functions or drivers: a line of results for each.
-module(libraries).
-export([main/0]).
-export([start_link/1, init/1, handle_call/3, handle_cast/2]).
-include_lib("proper/include/proper.hrl").

main() -> [show(Library, Test) || {Library, Test} <- tests()], ok.

show(Library, Test) ->
    Result = try Test() catch Class:Reason -> {Class, Reason} end,
    io:format("~s: ~0tp~n", [Library, Result]).

tests() ->
    [{"jiffy", fun jiffy/0},
     {"jose", fun jose/0},
     {"proper", fun proper/0},
     {"meck", fun meck/0},
     {"luerl", fun luerl/0},
     {"p1_xml", fun p1_xml/0},
     {"p1_yaml", fun p1_yaml/0},
     {"p1_stringprep", fun stringprep/0},
     {"p1_mqtree", fun mqtree/0},
     {"p1_sqlite3", fun sqlite3/0},
     {"p1_iconv", fun iconv/0},
     {"p1_cache_tab", fun cache_tab/0},
     {"bbmustache", fun bbmustache/0},
     {"neotoma", fun neotoma/0},
     {"folsom", fun folsom/0},
     {"uuid", fun() -> uuid:to_string(uuid:uuid5(dns, "example.com")) end},
     {"idna", fun() -> {idna:encode("münchen.de"), idna:decode("xn--mnchen-3ya.de")} end},
     {"getopt", fun getopt/0},
     {"poolboy", fun poolboy/0},
     {"bitcask", fun bitcask/0},
     {"lager", fun lager/0},
     {"mnesia", fun mnesia/0},
     {"xmerl", fun xmerl/0},
     {"asn1", fun asn1/0},
     {"edoc", fun edoc/0},
     {"cuttlefish", fun() -> cuttlefish_conf:file("no_such_file") end}].

jiffy() ->
    Json = jiffy:encode({[{<<"a">>, [1, 2.5, true, null, <<"\x{e9}"/utf8>>]}, {b, {[]}}]}),
    Large = iolist_to_binary(jiffy:encode([[I, integer_to_binary(I), {[{<<"k">>, I * 1.5}]}] || I <- lists:seq(1, 20000)])),
    {Json, jiffy:decode(Json, [return_maps]), catch jiffy:decode(<<"{\"a\":">>), erlang:md5(Large), erlang:phash2(jiffy:decode(Large))}.

jose() ->
    Secret = jose_jwk:from_oct(<<"secret key of thirty two bytes!!">>),
    {_, Token} = jose_jws:compact(jose_jws:sign(Secret, <<"payload">>, #{<<"alg">> => <<"HS256">>})),
    Pair = jose_jwk:generate_key({rsa, 1024}),
    {_, Signed} = jose_jws:compact(jose_jws:sign(Pair, <<"payload">>, #{<<"alg">> => <<"RS256">>})),
    {Token, element(1, jose_jws:verify(Secret, Token)), element(1, jose_jws:verify(Pair, Signed))}.

proper() ->
    Reversed = ?FORALL(L, list(integer()), lists:reverse(lists:reverse(L)) =:= L),
    Short = ?FORALL(L, list(integer()), length(L) < 8),
    false = proper:quickcheck(Short, [quiet, {numtests, 300}]),
    {proper:quickcheck(Reversed, [quiet, {numtests, 200}]), length(hd(proper:counterexample()))}.

meck() ->
    meck:new(no_module, [non_strict]),
    meck:expect(no_module, f, fun(X) -> X * 2 end),
    New = {no_module:f(21), [{Call, Result} || {_, Call, Result} <- meck:history(no_module)]},
    meck:unload(no_module),
    meck:new(calendar, [passthrough, unstick]),
    meck:expect(calendar, is_leap_year, fun(Y) -> not meck:passthrough([Y]) end),
    Old = {calendar:is_leap_year(2000), calendar:last_day_of_the_month(2001, 2), meck:num_calls(calendar, is_leap_year, '_')},
    meck:unload(calendar),
    {New, Old, calendar:is_leap_year(2000)}.

luerl() ->
    {Sum, _} = luerl:do(<<"local t={} for i=1,1000 do t[i]=i*i end local s=0 for k,v in ipairs(t) do s=s+v end "
                          "return s, string.format('%5.2f %s', 3.14159, 'x'), #t">>),
    {Fib, _} = luerl:do(<<"function fib(n) if n<2 then return n end return fib(n-1)+fib(n-2) end return fib(18)">>),
    {Sum, Fib}.

p1_xml() ->
    Stream = lists:foldl(fun(Text, S) -> fxml_stream:parse(S, Text) end, fxml_stream:new(self()), [<<"<stream><x>1</x><y/>">>, <<"</stream>">>]),
    fxml_stream:close(Stream),
    {fxml_stream:parse_element(<<"<a b='c'><d>text &amp; more</d></a>">>), fxml_stream:parse_element(<<"<a><b></a>">>), received([])}.

received(Messages) -> receive M when element(1, M) =/= 'EXIT' -> received([M | Messages]) after 100 -> lists:reverse(Messages) end.

p1_yaml() ->
    {ok, _} = application:ensure_all_started(p1_yaml),
    {fast_yaml:decode(<<"a: 1\nb: [x, 2.5, ~]\nc:\n  - d: text\n">>, [plain_as_atom]), iolist_to_binary(fast_yaml:encode([{a, [1, 2, <<"x">>]}]))}.

stringprep() ->
    {ok, _} = application:ensure_all_started(stringprep),
    [stringprep:tolower(<<"ÀB"/utf8>>), stringprep:nodeprep(<<"Juliet">>), stringprep:nameprep(<<"EXAMPLE.com">>), stringprep:resourceprep(<<1, 2>>)].

mqtree() ->
    Tree = mqtree:new(),
    [mqtree:insert(Tree, Topic) || Topic <- [<<"a/b">>, <<"a/+">>, <<"#">>]],
    {lists:sort(mqtree:match(Tree, <<"a/b">>)), mqtree:size(Tree), mqtree:to_list(Tree)}.

sqlite3() ->
    {ok, _} = sqlite3:open(db, [in_memory]),
    Created = sqlite3:sql_exec(db, "create table t (id integer primary key, x text, y real)"),
    Written = [sqlite3:write(db, t, [{x, "v" ++ integer_to_list(I)}, {y, I * 1.5}]) || I <- lists:seq(1, 5)],
    Read = sqlite3:sql_exec(db, "select * from t where id > ?", [2]),
    Wrong = sqlite3:sql_exec(db, "select nonsense"),
    {Created, Written, Read, Wrong, sqlite3:close(db)}.

iconv() ->
    {ok, _} = application:ensure_all_started(iconv),
    iconv:convert(<<"utf-8">>, <<"iso-8859-1">>, <<"é"/utf8>>).

cache_tab() ->
    {ok, _} = application:ensure_all_started(cache_tab),
    ets_cache:new(cache, [{max_size, 10}]),
    [ets_cache:lookup(cache, X, fun() -> {ok, X * 2} end) || X <- [1, 2, 1]].

bbmustache() ->
    bbmustache:render(<<"Hi {{name}}{{#l}} {{x}},{{/l}} {{{raw}}} {{raw}}">>, #{"name" => "Bob", "l" => [#{"x" => 1}, #{"x" => 2}], "raw" => "<b>"}).

neotoma() ->
    ok = file:write_file("grammar.peg", "expr <- int (op int)*;\nop <- [+-];\n"
                         "int <- [0-9]+ `list_to_integer(binary_to_list(iolist_to_binary(Node)))`;\n"),
    ok = neotoma:file("grammar.peg"),
    {ok, grammar, Code} = compile:file("grammar.erl", [binary]),
    {module, grammar} = code:load_binary(grammar, "grammar.erl", Code),
    grammar:parse("12+34-5").

folsom() ->
    {ok, _} = application:ensure_all_started(folsom),
    folsom_metrics:new_counter(counter),
    folsom_metrics:notify({counter, {inc, 5}}),
    folsom_metrics:new_histogram(histogram),
    [folsom_metrics:notify({histogram, X}) || X <- lists:seq(1, 100)],
    Statistics = folsom_metrics:get_histogram_statistics(histogram),
    {folsom_metrics:get_metric_value(counter), [lists:keyfind(K, 1, Statistics) || K <- [min, max, arithmetic_mean, median, percentile]]}.

getopt() -> getopt:parse([{a, $a, "all", integer, "x"}, {v, $v, "verbose", undefined, "y"}], "-a 5 --verbose rest").

%% A worker of the pool.
start_link(State) -> gen_server:start_link(?MODULE, State, []).
init(_) -> {ok, 0}.
handle_call({add, N}, _, Sum) -> {reply, Sum + N, Sum + N}.
handle_cast(_, Sum) -> {noreply, Sum}.

poolboy() ->
    {ok, Pool} = poolboy:start_link([{size, 3}, {max_overflow, 1}, {worker_module, ?MODULE}], []),
    Results = [poolboy:transaction(Pool, fun(Worker) -> gen_server:call(Worker, {add, I}) end) || I <- [1, 2, 3]],
    Status = poolboy:status(Pool),
    poolboy:stop(Pool),
    {Results, Status}.

bitcask() ->
    Db = bitcask:open("bitcask", [read_write]),
    [bitcask:put(Db, <<I:32>>, integer_to_binary(I * I)) || I <- lists:seq(1, 500)],
    Result = {bitcask:get(Db, <<77:32>>), bitcask:get(Db, <<7777:32>>), length(bitcask:list_keys(Db)),
              bitcask:fold(Db, fun(_, V, Sum) -> Sum + binary_to_integer(V) end, 0)},
    bitcask:close(Db),
    Result.

lager() ->
    application:load(lager),
    application:set_env(lager, handlers, [{lager_file_backend, [{file, "lager.log"}, {level, info}, {formatter_config, [severity, " ", message, "\n"]}]}]),
    {ok, Started} = application:ensure_all_started(lager),
    lager:log(info, self(), "hello ~p", [1]),
    application:stop(lager),
    {Started, file:read_file("lager.log")}.

mnesia() ->
    ok = mnesia:create_schema([node()]),
    ok = mnesia:start(),
    {atomic, ok} = mnesia:create_table(account, [{attributes, [id, value]}, {index, [value]}, {disc_copies, [node()]}]),
    mnesia:transaction(fun() -> [mnesia:write({account, I, I rem 3}) || I <- lists:seq(1, 30)] end),
    Read = mnesia:transaction(fun() -> lists:sort(mnesia:index_read(account, 1, value)) end),
    Aborted = mnesia:transaction(fun() -> mnesia:abort(nope) end),
    stopped = mnesia:stop(),
    ok = mnesia:start(),
    ok = mnesia:wait_for_tables([account], 10000),
    {Read, Aborted, mnesia:table_info(account, size)}.

xmerl() ->
    {Tree, _} = xmerl_scan:string("<?xml version='1.0'?><a x='1'><b>t</b><b>u</b></a>"),
    {lists:flatten(xmerl:export_simple([Tree], xmerl_xml)), length(xmerl_xpath:string("//b", Tree)),
     xmerl_sax_parser:stream(<<"<a><b c='d'>t</b></a>">>, [{event_fun, fun(E, _, S) -> [E | S] end}, {event_state, []}])}.

asn1() ->
    ok = file:write_file("Point.asn1", "Point DEFINITIONS AUTOMATIC TAGS ::= BEGIN P ::= SEQUENCE { x INTEGER, y UTF8String OPTIONAL } END\n"),
    [begin
         ok = asn1ct:compile("Point", [Rules, {outdir, "."}]),
         {ok, Encoded} = 'Point':encode('P', {'P', 300, <<"text">>}),
         {Rules, Encoded, 'Point':decode('P', Encoded)}
     end || Rules <- [ber, per, uper, jer]].

edoc() ->
    ok = file:write_file("documented.erl", "%% @doc A module.\n-module(documented).\n-export([f/1]).\n%% @doc Adds one.\n-spec f(integer()) -> integer().\nf(X) -> X + 1.\n"),
    ok = edoc:files(["documented.erl"], [{dir, "doc"}]),
    {ok, Page} = file:read_file("doc/documented.html"),
    erlang:md5(re:replace(Page, "Generated by EDoc.*", "")).
