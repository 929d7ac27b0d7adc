%% What system_info tells of allocators and areas of memory: its shape, as observer and others take it apart.
-module(allocators).
-export([main/0]).

main() ->
    Names = erlang:system_info(alloc_util_allocators),
    t:p(Names),
    [t:p({Kind, Name, shape(erlang:system_info({Kind, Name}))})
     || Kind <- [allocator_sizes], Name <- [std_alloc, eheap_alloc, literal_alloc, sys_alloc]],
    Blocks = [{Name, sizes(erlang:system_info({allocator, Name}))} || Name <- [eheap_alloc, ll_alloc, literal_alloc, ets_alloc]],
    t:p([{Name, Used > 0, Carriers >= Used} || {Name, {Used, Carriers}} <- Blocks]),
    %% A binary counts while it is there.
    {Before, _} = sizes(erlang:system_info({allocator_sizes, binary_alloc})),
    Binary = binary:copy(<<"x">>, 100000000),
    {After, _} = sizes(erlang:system_info({allocator_sizes, binary_alloc})),
    t:p({byte_size(Binary), After - Before >= 80000000}),  % others may go meanwhile
    t:p([A || {A, R} <- erlang:system_info({allocator, [ets_alloc, fix_alloc]}), is_list(R)]),
    [t:p({Kind, A, try erlang:system_info({Kind, A}) catch error:E -> E end}) || Kind <- [allocator, allocator_sizes], A <- [foo, [foo]]],
    {glibc, [_, _], Features, Settings} = erlang:system_info(allocator),
    t:p([lists:member(F, Features) || F <- [sys_alloc, eheap_alloc]]),
    t:p([lists:keymember(F, 1, Settings) || F <- [sys_alloc, eheap_alloc]]),
    Areas = erlang:system_info(allocated_areas),
    t:p([lists:keymember(A, 1, Areas) || A <- [sys_misc, static, atom_space, module_table, export_table, loaded_code, process_table]]),
    t:p([K || {K, V} <- erlang:system_info(compile_info), is_list(V)]),
    {ok, {128, 0, Origins}} = instrument:allocations(),
    #{system := #{binary := Histogram}} = Origins,
    t:p({byte_size(Binary), tuple_size(Histogram), lists:sum(tuple_to_list(Histogram)) > 0}),
    {ok, {512, Carriers}} = instrument:carriers(),
    t:p(lists:usort([{is_boolean(InPool), Total >= Unscanned, length(Kinds) =< 1, tuple_size(Free)}
                     || {_, InPool, Total, Unscanned, Kinds, Free} <- Carriers])).

%% Bytes in blocks and carriers of all instances.
sizes(Instances) ->
    Kinds = [Kind || {instance, _, Ps} <- Instances, {K, Kind} <- Ps, K =:= mbcs orelse K =:= sbcs],
    {lists:sum([element(2, lists:keyfind(size, 1, Figures)) || Kind <- Kinds, {blocks, Bs} <- Kind, {_, Figures} <- Bs]),
     lists:sum([element(2, lists:keyfind(carriers_size, 1, Kind)) || Kind <- Kinds])}.

%% Without how many instances there are, and pools, which only they have. Blocks are there or not.
shape([{instance, _, Properties} | _]) -> [shape(P) || P <- Properties, element(1, P) =/= mbcs_pool];
shape({blocks, _}) -> blocks;
shape({Key, List}) when is_list(List) -> {Key, [shape(E) || E <- List]};
shape(T) when is_tuple(T) -> {element(1, T), tuple_size(T)};
shape(Other) -> Other.
