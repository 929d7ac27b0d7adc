%% Maps in match specifications match what has their keys.
-module(map_patterns).
-export([main/0]).

main() ->
  T = ets:new(t,[duplicate_bag]),
  ets:insert(T,{k,{p,1},#{a=><<"a">>,b=><<"b">>}}),
  ets:insert(T,{k,{p,1},#{a=>1,b=>x}}),
  io:format("~p~n",[ets:match(T,{k,{'$1','_'},#{b=><<"b">>}})]),
  io:format("~p~n",[ets:match(T,{k,{'$1','_'},#{b=>x}})]),
  io:format("~p~n",[ets:select(T,[{{k,{'$1','_'},#{b=>x}},[],['$1']}])]),
  io:format("~p~n",[ets:select(T,[{{k,{'$1','_'},'$2'},[{'=:=','$2',#{a=>1,b=>x}}],['$1']}])]),
  io:format("~p~n",[ets:select(T,[{{k,'_','$1'},[],[{{element,1,'$1'}}]}])]),
  io:format("~p~n",[ets:select(T,[{{k,'_','$_'},[],['$_']},{{k,{'$1',1},#{b=>'$2'}},[],[#{x=>'$2'}]}])]),
  io:format("~p~n",[ets:select(T,[{{k,'_',#{b=>'$2',z=>'_'}},[],['$2']}])]),
  io:format("~p~n",[ets:select(T,[{#{b=>'$2',z=>'_'},[],['$2']}])]),
  S = ets:new(s,[set]),
  ets:insert(S,{#{a=>1,b=>2},v}),
  io:format("~p~n",[ets:match(S,{#{a=>1},'$1'})]),
  io:format("~p~n",[ets:match(S,{#{a=>1,b=>2},'$1'})]),
  io:format("~p~n",[ets:match(S,{#{a=>'_'},'$1'})]),
  io:format("~p~n",[ets:match_object(T,{k,[#{b=>x}],'_'})]),
  ets:insert(T,{k,[#{b=>x,c=>d}],z}),
  io:format("~p~n",[ets:match_object(T,{k,[#{b=>x}],'_'})]),
  io:format("~p~n",[ets:test_ms({k,#{a=>#{b=>1,c=>2}}},[{{k,#{a=>#{b=>1}}},[],[yes]}])]),
  Broken=[[{H,G,B}] || H <- [[],{},'_',a,#{}], {G,B} <- [{#{},a},{[],a},{b,[]},{b,[c]},{[],[]}]],
  [io:format("~0p~n~0p~n~0p~n",[S,catch ets:test_ms({},S),catch erlang:match_spec_test([],S,trace)]) || S <- Broken].
