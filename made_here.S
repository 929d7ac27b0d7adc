{module, made_here}.  %% version = 0

{exports, [{f,1},{g,2},{h,1},{module_info,0},{module_info,1}]}.

{attributes, []}.

{labels, 23}.


{function, f, 1, 2}.
  {label,1}.
    {line,[{location,[],1}]}.
    {func_info,{atom,made_here},{atom,f},1}.
  {label,2}.
    {test,is_lt,{f,3},[{integer,0},{x,0}]}.
    {gc_bif,'-',{f,0},1,[{x,0},{integer,1}],{x,1}}.
    {allocate,1,2}.
    {move,{x,0},{y,0}}.
    {move,{x,1},{x,0}}.
    {call,1,{f,2}}. % f/1
    {'%',{var_info,{x,0},[{type,number}]}}.
    {gc_bif,'*',{f,0},1,[{tr,{y,0},number},{tr,{x,0},number}],{x,0}}.
    {deallocate,1}.
    return.
  {label,3}.
    {test,is_eq_exact,{f,1},[{x,0},{integer,0}]}.
    {move,{integer,1},{x,0}}.
    return.


{function, g, 2, 5}.
  {label,4}.
    {line,[{location,[],1}]}.
    {func_info,{atom,made_here},{atom,g},2}.
  {label,5}.
    {call_only,2,{f,15}}. % '-g/2-lc$^0/1-0-'/2


{function, h, 1, 7}.
  {label,6}.
    {line,[{location,[],1}]}.
    {func_info,{atom,made_here},{atom,h},1}.
  {label,7}.
    {'%',{var_info,{x,0},[accepts_match_context]}}.
    {test,bs_start_match3,{f,9},1,[{x,0}],{x,1}}.
    {bs_get_position,{x,1},{x,0},2}.
    {test,bs_get_integer2,
          {f,8},
          2,
          [{x,1},
           {integer,8},
           1,
           {field_flags,[{anno,[1,{file,[]}]},unsigned,big]}],
          {x,2}}.
    {test,bs_get_binary2,
          {f,8},
          3,
          [{x,1},{x,2},8,{field_flags,[{anno,[1,{file,[]}]},unsigned,big]}],
          {x,2}}.
    {test,bs_get_binary2,
          {f,8},
          3,
          [{x,1},
           {atom,all},
           8,
           {field_flags,[{anno,[1,{file,[]}]},unsigned,big]}],
          {x,3}}.
    {test_heap,3,4}.
    {put_tuple2,{x,0},{list,[{x,2},{x,3}]}}.
    return.
  {label,8}.
    {bs_set_position,{x,1},{x,0}}.
    {bs_get_tail,{x,1},{x,0},2}.
    {jump,{f,6}}.
  {label,9}.
    {test,is_map,{f,6},[{x,0}]}.
    {get_map_elements,{f,6},
                      {tr,{x,0},{t_map,any,any}},
                      {list,[{atom,k},{x,1}]}}.
    {move,{x,1},{x,0}}.
    return.


{function, module_info, 0, 11}.
  {label,10}.
    {line,[]}.
    {func_info,{atom,made_here},{atom,module_info},0}.
  {label,11}.
    {move,{atom,made_here},{x,0}}.
    {call_ext_only,1,{extfunc,erlang,get_module_info,1}}.


{function, module_info, 1, 13}.
  {label,12}.
    {line,[]}.
    {func_info,{atom,made_here},{atom,module_info},1}.
  {label,13}.
    {move,{x,0},{x,1}}.
    {move,{atom,made_here},{x,0}}.
    {call_ext_only,2,{extfunc,erlang,get_module_info,2}}.


{function, '-g/2-lc$^0/1-0-', 2, 15}.
  {label,14}.
    {line,[{location,[],1}]}.
    {func_info,{atom,made_here},{atom,'-g/2-lc$^0/1-0-'},2}.
  {label,15}.
    {test,is_nonempty_list,{f,16},[{x,0}]}.
    {get_list,{x,0},{x,3},{x,2}}.
    {move,{x,1},{x,0}}.
    {call_only,4,{f,19}}. % '-g/2-lc$^1/1-1-'/4
  {label,16}.
    {test,is_nil,{f,17},[{x,0}]}.
    return.
  {label,17}.
    {test_heap,3,1}.
    {put_tuple2,{x,0},{list,[{atom,bad_generator},{x,0}]}}.
    {call_ext_only,1,{extfunc,erlang,error,1}}.


{function, '-g/2-lc$^1/1-1-', 4, 19}.
  {label,18}.
    {line,[{location,[],1}]}.
    {func_info,{atom,made_here},{atom,'-g/2-lc$^1/1-1-'},4}.
  {label,19}.
    {test,is_nonempty_list,{f,21},[{x,0}]}.
    {get_list,{x,0},{x,4},{x,0}}.
    {test,is_eq_exact,{f,20},[{x,3},{x,4}]}.
    {call_only,4,{f,19}}. % '-g/2-lc$^1/1-1-'/4
  {label,20}.
    {gc_bif,'*',{f,0},5,[{x,3},{x,4}],{x,4}}.
    {allocate,1,5}.
    {move,{x,4},{y,0}}.
    {call,4,{f,19}}. % '-g/2-lc$^1/1-1-'/4
    {'%',{var_info,{x,0},[{type,{t_list,number,nil}}]}}.
    {test_heap,2,1}.
    {put_list,{y,0},{x,0},{x,0}}.
    {deallocate,1}.
    return.
  {label,21}.
    {test,is_nil,{f,22},[{x,0}]}.
    {move,{x,2},{x,0}}.
    {call_only,2,{f,15}}. % '-g/2-lc$^0/1-0-'/2
  {label,22}.
    {test_heap,3,1}.
    {put_tuple2,{x,0},{list,[{atom,bad_generator},{x,0}]}}.
    {call_ext_only,1,{extfunc,erlang,error,1}}.
