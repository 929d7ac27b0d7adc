%% A move into a frame that the tail call after it takes away: no compiler writes it, but it is well-formed code.
{module, move_to_frame}.
{exports, [{main,0},{f,1}]}.
{attributes, []}.
{labels, 7}.

{function, main, 0, 2}.
  {label,1}.
    {line,[{location,"move_to_frame.erl",1}]}.
    {func_info,{atom,move_to_frame},{atom,main},0}.
  {label,2}.
    {allocate,0,0}.
    {move,{literal,{1,2}},{x,0}}.
    {call,1,{f,4}}.
    {call_ext_last,1,{extfunc,erlang,display,1},0}.

{function, f, 1, 4}.
  {label,3}.
    {line,[{location,"move_to_frame.erl",2}]}.
    {func_info,{atom,move_to_frame},{atom,f},1}.
  {label,4}.
    {allocate,1,1}.
    {move,{x,0},{y,0}}.
    {call_last,1,{f,6},1}.

{function, g, 1, 6}.
  {label,5}.
    {line,[{location,"move_to_frame.erl",3}]}.
    {func_info,{atom,move_to_frame},{atom,g},1}.
  {label,6}.
    {test_heap,2,1}.
    {put_list,{x,0},nil,{x,0}}.
    return.
