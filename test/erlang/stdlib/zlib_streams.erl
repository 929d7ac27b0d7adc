%% zlib's functions, whole and in pieces.
-module(zlib_streams).
-export([main/0]).

main() ->
    Data = iolist_to_binary([integer_to_binary(I * I) || I <- lists:seq(1, 20000)]),
    t:p(zlib:compress(<<"hello hello hello">>)), t:p(zlib:uncompress(zlib:compress(Data)) =:= Data),
    t:p(erlang:md5(zlib:compress(Data))), t:p(zlib:unzip(zlib:zip([Data, "x", <<"y">>])) =:= <<Data/binary, "xy">>),
    t:p(zlib:gunzip(zlib:gzip(Data)) =:= Data), t:p(zlib:gunzip([zlib:gzip("a"), zlib:gzip("b")])),
    t:e("not compressed", fun() -> zlib:uncompress(<<"certainly not compressed">>) end),
    t:e("cut short", fun() -> zlib:uncompress(binary:part(zlib:compress(Data), 0, 1000)) end),
    Z = zlib:open(), ok = zlib:deflateInit(Z, best_compression),
    Parts = [zlib:deflate(Z, "abc"), zlib:deflate(Z, Data, sync), zlib:deflate(Z, <<"end">>, finish)],
    t:p(zlib:deflateEnd(Z)), t:p(zlib:close(Z)),
    I = zlib:open(), ok = zlib:inflateInit(I),
    Whole = iolist_to_binary([zlib:inflate(I, <<B>>) || <<B>> <= iolist_to_binary(Parts)]),
    t:p(Whole =:= <<"abc", Data/binary, "end">>), t:p(zlib:inflateEnd(I)), t:p(zlib:close(I)),
    t:e("not initialised", fun() -> N = zlib:open(), zlib:deflate(N, "x") end).
