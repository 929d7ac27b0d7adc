# A node with a name: what it says of itself, identifiers of before and after, and nodes that cannot be reached.
. test/cli/erl_lib.bash
export HOME=$work  # the cookie's place
epmd=$(erl -noshell -eval 'io:put_chars(os:getenv("BINDIR")), halt().')/epmd
[ -x "$epmd" ] || skip "this machine has no epmd"
# Its own epmd on a free port: nodes started from within (net_kernel:start/1) start none.
ERL_EPMD_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')
export ERL_EPMD_PORT
"$epmd" -port "$ERL_EPMD_PORT" >/dev/null 2>&1 &
trap 'kill %1; rm -rf "$work"' EXIT
for _ in $(seq 200); do "$epmd" -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1 && break; sleep 0.05; done
# Nodes are numbered in another order: <1.2.3> and <7.2.3> may be the same.
settle() { sed -E 's/[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}::[0-9:.]+/DATE/; s/<[1-9][0-9]*\.([0-9]+\.[0-9]+)>/<N.\1>/g' | grep -E "${only:-}|^status "; }
cat >"$work/node.erl" <<'X'
-module(node).
-export([main/0]).
main() ->
  net_kernel:monitor_nodes(true), net_kernel:monitor_nodes(true,[nodedown_reason]), net_kernel:monitor_nodes(true,[{node_type,all}]), net_kernel:monitor_nodes(true,#{connection_id=>true,nodedown_reason=>true}),net_kernel:monitor_nodes(true,[{node_type,visible},nodedown_reason]),net_kernel:monitor_nodes(true,[{node_type,hidden}]),
  Old = self(), OB = term_to_binary({self(),make_ref()}),
  p({node(),is_alive(),nodes(known),nodes(this),erlang:nodes([this,known],#{node_type=>true,connection_id=>true})}),
  p(catch erlang:setnode(foo, 1)), p(catch erlang:setnode(nonode@nohost, 10)),p(catch erlang:setnode(a@b, 10)),
  p(catch erlang:monitor_node(x@y,true)),
  p(net_kernel:start(['joist@127.0.0.1',longnames])),
  p([rec() || _ <- [1,2,3,4,5]]),
  p({node(),is_alive(),nodes(known),nodes(this),nodes(),nodes([visible,hidden]),erlang:nodes([this,known],#{node_type=>true,connection_id=>true})}),
  p(catch erlang:setnode('a@127.0.0.1', 10)),
  p(element(1,net_kernel:start([other,shortnames]))),
  p(Old =:= self()), {P,R}=binary_to_term(OB), p({P=:=self(),node(P),node(R),P<self(),self()==P, is_process_alive(self())}),
  p(catch is_process_alive(P)),
  p(catch P ! hello), p(catch link(P)), p(catch exit(P,x)), M0=erlang:monitor(process,P), receive {'DOWN',M0,_,_,W0}->p(W0) after 1000->p(none) end,
  Cr=erlang:system_info(creation), p(Cr > 3 orelse Cr), <<131,88,_:8,L:16,Nm:L/binary,_:64,C2:32>> = term_to_binary(self()), p({Nm, C2=:=Cr}),
  p(catch erlang:monitor_node('none@127.0.0.1',true)), p(rec()),
  p(net_adm:ping('none@127.0.0.1')), p(net_adm:ping(node())), p(net_kernel:connect_node('none@127.0.0.1')),
  p(rpc:call('none@127.0.0.1',erlang,node,[])), p(rpc:call(node(),erlang,node,[])),
  p(catch erpc:call('none@127.0.0.1',erlang,node,[],2000)),
  p({nosuch,'none@127.0.0.1'} ! hi),
  M=erlang:monitor(process,{nosuch,'none@127.0.0.1'}), receive {'DOWN',M,A,B,Cc}->p({A,B,Cc}) after 5000->p(none) end,
  p(catch gen_server:call({nosuch,'none@127.0.0.1'},hi)),
  Ext = binary_to_term(<<131,88,119,14,"none@127.0.0.1",5:32,0:32,7:32>>), p({node(Ext), is_pid(Ext)}),
  process_flag(trap_exit,true), p(catch link(Ext)), p(rec2()), p(catch exit(Ext,kill)), p(catch unlink(Ext)), M2=monitor(process,Ext), receive {'DOWN',M2,_,_,W2}->p(W2) after 5000->p(none) end,
  p(catch is_process_alive(Ext)), p(catch process_info(Ext)), p(erlang:send(Ext,x,[noconnect])), p(erlang:send(Ext,x,[nosuspend])),
  p(erlang:get_cookie() =/= nocookie),
  p(global:register_name(me,self())), p(global:whereis_name(me)=:=self()), p(global:send(me,hey)), p(rec()),
  p(lists:sort(nodes(known))),
  p(element(1,erl_epmd:names({127,0,0,1}))), {ok,Ns}=erl_epmd:names({127,0,0,1}), p(lists:keymember("joist",1,Ns)),
  p(net_kernel:get_state()),
  p(net_kernel:stop()), p({node(),is_alive(),lists:sort(nodes(known))}), p(rec()), p([rec() || _ <- [1,2,3,4,5]]), p(erlang:system_info(creation)),
  p(net_kernel:stop()).
p(X)->io:format("~0p~n",[X]).
rec()-> receive X->X after 5000->none end.
rec2()-> receive {'EXIT',P,X} when is_pid(P)->{exit,X} after 5000->none end.
X
sed -i "s/joist@127/joist$$@127/g" "$work/node.erl"; sed -i "s/\"joist\"/\"joist$$\"/g" "$work/node.erl"
(cd "$work" && erlc node.erl) || fail "erlc"
same erl -noshell -eval 'node:main(), halt().'
same erl -noshell -sname "joist$$" -eval 'io:format("~p ~p ~p~n", [node(), is_alive(), nodes(known)]), halt().'
same erl -noshell -name "joist$$@127.0.0.1" -setcookie secret -hidden -eval 'io:format("~p ~p ~p~n", [node(), erlang:get_cookie(), net_kernel:longnames()]), halt().'
# How much of the log comes out before the end is a matter of time.
only="Kernel pid"
same erl -noshell -name "joist$$" -eval 'halt().'
same erl -noshell -sname "bad@name@here" -eval 'halt().'
same erl -noshell -sname 'bad name' -eval 'halt().'
only=
same erl -noshell -sname "joist$$" -dist_listen false -eval 'io:format("~p~n", [node()]), halt().'
# A crash names the node.
same erl -noshell -sname "joist$$" -eval 'logger:add_primary_filter(me, {fun(#{msg := {F, [_ | A]}}, P) -> P ! {F, A}, stop end, self()}),
  spawn(fun() -> error(crashed) end), receive {F, [Node | _]} -> io:format("~s ~p~n", [F, Node]) end, halt().'
