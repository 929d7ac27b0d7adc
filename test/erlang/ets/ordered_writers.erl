%% time: 60
%% Many writers in one ordered_set: each on keys of its own, between those of the others; beside them somebody walks
%% through the table, somebody selects, and somebody inserts lists that are there wholly or not at all.
-module(ordered_writers).
-export([main/0]).

-define(WRITERS, 4).
-define(KEYS, 400).

main() ->
    [t:p({Options, turns(Options)}) || Options <- [[], [{write_concurrency, true}],
                                                   [{write_concurrency, auto}, compressed, {keypos, 2}]]],
    neighbours().

turns(Options) ->
    T = ets:new(t, [ordered_set, public | Options]),
    Position = proplists:get_value(keypos, Options, 1),
    %% Floats between the integers stay; what is {pair, _} is inserted as a list, and deleted.
    ets:insert(T, [row(Position, I + 0.5, stays) || I <- lists:seq(1, ?KEYS)]),
    Main = self(),
    Watchers = [spawn_link(fun() -> watch(Main, What) end) ||
                   What <- [fun() -> walk(T, Position) end, fun() -> backwards(T) end,
                            fun() -> selected(T, Position) end, fun() -> pairs(T, Position) end]],
    Writers = [spawn_link(fun() -> Main ! {self(), write(T, Position, W)} end) || W <- lists:seq(0, ?WRITERS - 1)],
    Models = [receive {W, Model} -> Model end || W <- Writers],
    Reports = [begin W ! stop, receive {W, Report} -> Report end end || W <- Watchers],
    ets:match_delete(T, row(Position, '_', pair)),
    ets:match_delete(T, row(Position, '_', stays)),
    Expected = lists:sort(lists:append(Models)),
    Found = [{element(Position, R), value(Position, R)} || R <- ets:tab2list(T)],
    Answer = {Reports, Found =:= Expected, ets:info(T, size) =:= length(Expected),
              ets:info(T, memory) > length(Expected)},
    ets:delete_all_objects(T),
    {Answer, ets:info(T, size), ets:first(T), ets:last(T)}.

row(1, Key, Value) -> {Key, Value, padding()};
row(2, Key, Value) -> {Value, Key, padding()}.
padding() -> lists:seq(1, 10).
value(Position, Row) -> element(3 - Position, Row).

%% What this writer has left behind.
write(T, Position, W) ->
    Keys = [I * ?WRITERS + W || I <- lists:seq(0, ?KEYS div ?WRITERS)],
    Model = lists:foldl(
        fun(Turn, Model) ->
            lists:foldl(
                fun(Key, M) ->
                    case (Key * 7 + Turn) rem 5 of
                        0 -> ets:delete(T, Key), maps:remove(Key, M);
                        1 -> ets:insert(T, row(Position, Key, Turn)), M#{Key => Turn};
                        2 -> case ets:insert_new(T, row(Position, Key, Turn)) of
                                 true -> false = maps:is_key(Key, M), M#{Key => Turn};
                                 false -> true = maps:is_key(Key, M), M
                             end;
                        3 -> Counter = 3 - Position,
                             case maps:is_key(Key, M) of
                                 true -> New = ets:update_counter(T, Key, {Counter, 1}), M#{Key := New};
                                 false -> M
                             end;
                        4 -> case ets:take(T, Key) of
                                 [] -> false = maps:is_key(Key, M), M;
                                 [R] -> true = value(Position, R) =:= maps:get(Key, M), maps:remove(Key, M)
                             end
                    end
                end, Model, Keys)
        end, #{}, lists:seq(1, 100)),
    maps:to_list(Model).

watch(Main, What) ->
    receive stop -> Main ! {self(), What()}
    after 0 -> case What() of ok -> watch(Main, What); Wrong -> Main ! {self(), Wrong} end
    end.

walk(T, _) -> all_there([K || K <- keys(T, ets:first(T), fun ets:next/2), is_float(K)]).
backwards(T) -> all_there(lists:reverse([K || K <- keys(T, ets:last(T), fun ets:prev/2), is_float(K)])).
keys(_, '$end_of_table', _) -> [];
keys(T, Key, Next) -> [Key | keys(T, Next(T, Key), Next)].

all_there(Keys) ->
    case Keys =:= [I + 0.5 || I <- lists:seq(1, ?KEYS)] of true -> ok; false -> {wrong, Keys} end.

selected(T, Position) ->
    Spec = [{row(Position, '$1', stays), [], ['$1']}],
    case all_there(ets:select(T, Spec)) of
        ok -> all_there(chunks(ets:select(T, Spec, 7)));
        Wrong -> Wrong
    end.
chunks('$end_of_table') -> [];
chunks({Keys, More}) -> Keys ++ chunks(ets:select(More)).

%% A list goes in at once: whoever sees the greatest of its keys sees the least one, too.
pairs(T, Position) ->
    Keys = [{pair, I} || I <- lists:seq(1, 20)],
    Watcher = self(),
    Looker = spawn_link(fun() -> Watcher ! {self(), look(T)} end),
    ets:insert(T, [row(Position, K, pair) || K <- Keys]),
    Seen = receive {Looker, S} -> S end,
    false = ets:insert_new(T, [row(Position, K, pair) || K <- [{pair, 0}, {pair, 20}]]),
    false = ets:member(T, {pair, 0}),
    [ets:delete(T, K) || K <- Keys],
    Seen.
look(T) ->
    case ets:member(T, {pair, 20}) of
        true -> case ets:member(T, {pair, 1}) of true -> ok; false -> half_a_list end;
        false -> ok
    end.

%% Two counters side by side, among others.
neighbours() ->
    T = ets:new(t, [ordered_set, public, {write_concurrency, true}]),
    Large = binary:copy(<<"large">>, 100),
    ets:insert(T, [{I, 0, Large} || I <- lists:seq(1, 1000)]),
    Main = self(),
    Workers = [spawn_link(fun() -> [ets:update_counter(T, K, 1) || _ <- lists:seq(1, 20000)], Main ! {self(), K} end)
               || K <- [500, 501]],
    [receive {W, _} -> ok end || W <- Workers],
    t:p({ets:lookup_element(T, 500, 2), ets:lookup_element(T, 501, 2), ets:info(T, size), lists:sum([V || {_, V, _} <- ets:tab2list(T)]),
         length(ets:info(T, binary)), ets:next(T, 499), ets:prev(T, 501), length(ets:select(T, [{{'$1', '_', '_'}, [{'>', '$1', 400}], ['$1']}]))}).
