%% Instructions that the compiler has given up, and forms of living ones that it does not write.
{module, old_opcodes}.
{exports, [{main,0},{allocate_zero,2},{allocate_heap_zero,2},{init,1},{make_fun2,2},{floats,2},{recv_marks,1},
           {set_tuple_element,2},{is_ne,2},{has_map_fields,1},{select_atoms,1},{bits,1},{utf,1},
           {module_info,0},{module_info,1}]}.
{attributes, []}.
{labels, 60}.

{function, main, 0, 2}.
  {label,1}.
    {line,[{location,"old_opcodes.erl",1}]}.
    {func_info,{atom,old_opcodes},{atom,main},0}.
  {label,2}.
    {move,{atom,old_opcodes},{x,0}}.
    {call_ext_only,1,{extfunc,old_opcodes_driver,run,1}}.

{function, allocate_zero, 2, 4}.
  {label,3}.
    {line,[{location,"old_opcodes.erl",2}]}.
    {func_info,{atom,old_opcodes},{atom,allocate_zero},2}.
  {label,4}.
    {allocate_zero,3,2}.
    {move,{x,1},{y,1}}.
    {call_ext,1,{extfunc,lists,reverse,1}}.
    {test_heap,4,1}.
    {put_tuple2,{x,0},{list,[{x,0},{y,1},{y,0},{y,2}]}}.
    {deallocate,3}.
    return.

{function, allocate_heap_zero, 2, 6}.
  {label,5}.
    {line,[{location,"old_opcodes.erl",3}]}.
    {func_info,{atom,old_opcodes},{atom,allocate_heap_zero},2}.
  {label,6}.
    {allocate_heap_zero,2,{alloc,[{words,2},{floats,0},{funs,0}]},2}.
    {put_list,{x,0},{x,1},{x,0}}.
    {call_ext,1,{extfunc,t,id,1}}.
    {test_heap,3,1}.
    {put_tuple2,{x,0},{list,[{x,0},{y,0},{y,1}]}}.
    {deallocate,2}.
    return.

{function, init, 1, 8}.
  {label,7}.
    {line,[{location,"old_opcodes.erl",4}]}.
    {func_info,{atom,old_opcodes},{atom,init},1}.
  {label,8}.
    {allocate,2,1}.
    {init,{y,0}}.
    {init,{y,1}}.
    {call_ext,1,{extfunc,t,id,1}}.
    {test_heap,4,1}.
    {put_tuple2,{x,0},{list,[{x,0},{y,0},{y,1}]}}.
    {deallocate,2}.
    return.

{function, make_fun2, 2, 10}.
  {label,9}.
    {line,[{location,"old_opcodes.erl",5}]}.
    {func_info,{atom,old_opcodes},{atom,make_fun2},2}.
  {label,10}.
    {make_fun2,{f,12},0,0,2}.
    return.

{function, '-make_fun2/2-fun-0-', 3, 12}.
  {label,11}.
    {line,[{location,"old_opcodes.erl",6}]}.
    {func_info,{atom,old_opcodes},{atom,'-make_fun2/2-fun-0-'},3}.
  {label,12}.
    {test_heap,4,3}.
    {put_tuple2,{x,0},{list,[{x,0},{x,1},{x,2}]}}.
    return.

{function, floats, 2, 14}.
  {label,13}.
    {line,[{location,"old_opcodes.erl",7}]}.
    {func_info,{atom,old_opcodes},{atom,floats},2}.
  {label,14}.
    {fconv,{x,0},{fr,0}}.
    {fconv,{x,1},{fr,1}}.
    fclearerror.
    {bif,fadd,{f,0},[{fr,0},{fr,1}],{fr,2}}.
    {bif,fmul,{f,0},[{fr,2},{fr,1}],{fr,2}}.
    {bif,fsub,{f,0},[{fr,2},{fr,0}],{fr,2}}.
    {bif,fdiv,{f,0},[{fr,2},{fr,1}],{fr,2}}.
    {bif,fnegate,{f,0},[{fr,2}],{fr,2}}.
    {fcheckerror,{f,0}}.
    {test_heap,{alloc,[{words,0},{floats,1},{funs,0}]},0}.
    {fmove,{fr,2},{x,0}}.
    return.

{function, recv_marks, 1, 16}.
  {label,15}.
    {line,[{location,"old_opcodes.erl",8}]}.
    {func_info,{atom,old_opcodes},{atom,recv_marks},1}.
  {label,16}.
    {allocate_zero,2,1}.
    {move,{x,0},{y,0}}.
    {recv_mark,{f,17}}.
    {call_ext,0,{extfunc,erlang,make_ref,0}}.
    {move,{x,0},{y,1}}.
    {move,{x,0},{x,1}}.
    {move,{y,0},{x,0}}.
    send.
    {recv_set,{f,17}}.
  {label,17}.
    {loop_rec,{f,19},{x,0}}.
    {test,is_eq_exact,{f,18},[{x,0},{y,1}]}.
    remove_message.
    {move,{atom,received},{x,0}}.
    {deallocate,2}.
    return.
  {label,18}.
    {loop_rec_end,{f,17}}.
  {label,19}.
    {wait_timeout,{f,17},{integer,1000}}.
    timeout.
    {move,{atom,timeout},{x,0}}.
    {deallocate,2}.
    return.

{function, set_tuple_element, 2, 21}.
  {label,20}.
    {line,[{location,"old_opcodes.erl",9}]}.
    {func_info,{atom,old_opcodes},{atom,set_tuple_element},2}.
  {label,21}.
    {allocate,1,2}.
    {move,{x,1},{y,0}}.
    {move,{x,0},{x,1}}.
    {move,{y,0},{x,2}}.
    {move,{integer,3},{x,0}}.
    {call_ext,3,{extfunc,erlang,setelement,3}}.
    {set_tuple_element,{y,0},{x,0},0}.
    {set_tuple_element,{integer,7},{x,0},1}.
    {deallocate,1}.
    return.

{function, is_ne, 2, 23}.
  {label,22}.
    {line,[{location,"old_opcodes.erl",10}]}.
    {func_info,{atom,old_opcodes},{atom,is_ne},2}.
  {label,23}.
    {test,is_ne,{f,24},[{x,0},{x,1}]}.
    {test,is_ne_exact,{f,24},[{x,0},{x,1}]}.
    {move,{atom,different},{x,0}}.
    return.
  {label,24}.
    {test,is_eq,{f,25},[{x,0},{x,1}]}.
    {move,{atom,equal},{x,0}}.
    return.
  {label,25}.
    {move,{atom,never},{x,0}}.
    return.

{function, has_map_fields, 1, 27}.
  {label,26}.
    {line,[{location,"old_opcodes.erl",11}]}.
    {func_info,{atom,old_opcodes},{atom,has_map_fields},1}.
  {label,27}.
    {test,is_map,{f,28},[{x,0}]}.
    {test,has_map_fields,{f,29},{x,0},{list,[{atom,a},{atom,b}]}}.
    {move,{atom,both},{x,0}}.
    return.
  {label,28}.
    {move,{atom,no_map},{x,0}}.
    return.
  {label,29}.
    {test,has_map_fields,{f,30},{x,0},{list,[{atom,a}]}}.
    {move,{atom,one},{x,0}}.
    return.
  {label,30}.
    {move,{atom,neither},{x,0}}.
    return.

{function, select_atoms, 1, 32}.
  {label,31}.
    {line,[{location,"old_opcodes.erl",12}]}.
    {func_info,{atom,old_opcodes},{atom,select_atoms},1}.
  {label,32}.
    {select_val,{x,0},{f,35},{list,[{atom,c},{f,33},{atom,a},{f,34},{atom,b},{f,33}]}}.
  {label,33}.
    {move,{atom,first},{x,0}}.
    return.
  {label,34}.
    {move,{atom,second},{x,0}}.
    return.
  {label,35}.
    {move,{atom,none},{x,0}}.
    return.

{function, bits, 1, 37}.
  {label,36}.
    {line,[{location,"old_opcodes.erl",13}]}.
    {func_info,{atom,old_opcodes},{atom,bits},1}.
  {label,37}.
    {bs_init_bits,{f,0},11,0,1,{field_flags,[]},{x,1}}.
    {bs_put_integer,{f,0},{integer,3},1,{field_flags,[unsigned,big]},{x,0}}.
    {bs_put_integer,{f,0},{integer,8},1,{field_flags,[unsigned,big]},{x,0}}.
    {move,{x,1},{x,0}}.
    return.

{function, utf, 1, 39}.
  {label,38}.
    {line,[{location,"old_opcodes.erl",14}]}.
    {func_info,{atom,old_opcodes},{atom,utf},1}.
  {label,39}.
    {bs_utf16_size,{f,0},{x,0},{x,1}}.
    {bs_utf8_size,{f,0},{x,0},{x,2}}.
    {bs_add,{f,0},[{x,1},{x,2},1],{x,1}}.
    {bs_add,{f,0},[{x,1},{integer,4},1],{x,1}}.
    {bs_init2,{f,0},{x,1},0,1,{field_flags,[]},{x,1}}.
    {bs_put_utf8,{f,0},{field_flags,[]},{x,0}}.
    {bs_put_utf16,{f,0},{field_flags,[little]},{x,0}}.
    {bs_put_utf32,{f,0},{field_flags,[]},{x,0}}.
    {move,{x,1},{x,0}}.
    return.

{function, module_info, 0, 56}.
  {label,55}.
    {line,[]}.
    {func_info,{atom,old_opcodes},{atom,module_info},0}.
  {label,56}.
    {move,{atom,old_opcodes},{x,0}}.
    {call_ext_only,1,{extfunc,erlang,get_module_info,1}}.

{function, module_info, 1, 58}.
  {label,57}.
    {line,[]}.
    {func_info,{atom,old_opcodes},{atom,module_info},1}.
  {label,58}.
    {move,{x,0},{x,1}}.
    {move,{atom,old_opcodes},{x,0}}.
    {call_ext_only,2,{extfunc,erlang,get_module_info,2}}.
