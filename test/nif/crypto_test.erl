%% OTP's crypto and asn1rt_nif, of the installed OTP.
-module(crypto_test).
-export([main/0]).
-include_lib("public_key/include/public_key.hrl").

main() ->
    show(start, fun() -> crypto:start() end),
    show(version, fun() -> crypto:info_lib() end),
    Data = lists:duplicate(1000, "some data "),
    [show({hash, H}, fun() -> crypto:hash(H, Data) end) || H <- [md5, sha, sha224, sha256, sha384, sha512, sha3_256, blake2b, ripemd160, md4]],
    show(stream, fun() -> crypto:hash_final(crypto:hash_update(crypto:hash_update(crypto:hash_init(sha256), "ab"), <<"c">>)) end),
    show(mac, fun() -> [crypto:mac(hmac, sha256, <<"key">>, Data), crypto:mac(cmac, aes_128_cbc, <<1:128>>, Data), crypto:mac(poly1305, <<2:256>>, Data)] end),
    show(big_hash, fun() -> crypto:hash(sha256, binary:copy(<<"0123456789abcdef">>, 100000)) end),
    Key = <<1:256>>, IV = <<2:128>>, Text = <<"the text, sixty-four bytes of it to be enciphered and deciphered">>,
    [show(C, fun() ->
                #{key_length := K, iv_length := I} = crypto:cipher_info(C),
                E = crypto:crypto_one_time(C, binary:part(Key, 0, K), binary:part(<<IV/binary, IV/binary>>, 0, I), Text, true),
                {E, crypto:crypto_one_time(C, binary:part(Key, 0, K), binary:part(<<IV/binary, IV/binary>>, 0, I), E, false) =:= Text}
             end) || C <- [aes_128_cbc, aes_256_ctr, aes_192_ecb, aes_128_cfb128, chacha20, des_ede3_cbc]],
    show(gcm, fun() ->
                 {C, T} = crypto:crypto_one_time_aead(aes_256_gcm, Key, <<3:96>>, Text, <<"aad">>, true),
                 {C, T, crypto:crypto_one_time_aead(aes_256_gcm, Key, <<3:96>>, C, <<"aad">>, T, false),
                  crypto:crypto_one_time_aead(aes_256_gcm, Key, <<3:96>>, C, <<"bad">>, T, false)}
              end),
    show(stream_cipher, fun() ->
                 S = crypto:crypto_init(aes_128_ctr, <<1:128>>, <<0:128>>, true),
                 A = crypto:crypto_update(S, <<"one ">>), B = crypto:crypto_update(S, <<"two">>), {A, B, crypto:crypto_final(S)}
              end),
    show(random, fun() -> {byte_size(crypto:strong_rand_bytes(33)), crypto:strong_rand_bytes(16) =:= crypto:strong_rand_bytes(16)} end),
    show(mod_pow, fun() -> crypto:mod_pow(3, 1 bsl 100, (1 bsl 127) - 1) end),
    show(exor, fun() -> crypto:exor(<<"abc">>, <<"xyz">>) end),
    [show({sign, T}, fun() ->
                {Public, Private} = crypto:generate_key(T, P),
                {Signing, Verifying} = case T of rsa -> {Private, Public}; _ -> {[Private, P], [Public, P]} end,
                Type = case T of ecdh -> ecdsa; _ -> T end,
                Digest = case T of eddsa -> none; _ -> sha256 end,
                S = crypto:sign(Type, Digest, Text, Signing),
                {crypto:verify(Type, Digest, Text, S, Verifying), crypto:verify(Type, Digest, <<"other">>, S, Verifying)}
            end) || {T, P} <- [{rsa, {1024, 65537}}, {ecdh, secp256r1}, {eddsa, ed25519}]],
    show(rsa, fun() ->
                {Public, Private} = crypto:generate_key(rsa, {1024, 65537}),
                crypto:private_decrypt(rsa, crypto:public_encrypt(rsa, <<"secret">>, Public, rsa_pkcs1_padding), Private, rsa_pkcs1_padding)
              end),
    show(ecdh, fun() ->
                {A, B} = crypto:generate_key(ecdh, x25519), {C, D} = crypto:generate_key(ecdh, x25519),
                crypto:compute_key(ecdh, C, B, x25519) =:= crypto:compute_key(ecdh, A, D, x25519)
              end),
    show(dh, fun() ->
                Group = [(1 bsl 521) - 1, 3],
                {A, B} = crypto:generate_key(dh, Group), {C, D} = crypto:generate_key(dh, Group),
                crypto:compute_key(dh, C, B, Group) =:= crypto:compute_key(dh, A, D, Group)
              end),
    show(pbkdf2, fun() -> crypto:pbkdf2_hmac(sha256, <<"password">>, <<"salt">>, 100, 32) end),
    show(supports, fun() -> [{K, length(V)} || {K, V} <- crypto:supports()] end),
    show(no_hash, fun() -> crypto:hash(foo, <<"a">>) end),
    show(no_data, fun() -> crypto:hash(md5, foo) end),
    show(no_cipher, fun() -> crypto:crypto_one_time(foo, <<>>, <<>>, true) end),
    show(short_key, fun() -> crypto:crypto_one_time(aes_128_cbc, <<1>>, <<0:128>>, <<>>, true) end),
    show(no_number, fun() -> crypto:strong_rand_bytes(a) end),
    show(certificate, fun() ->
                #{cert := Certificate} = public_key:pkix_test_root_cert("a name", [{key, {namedCurve, secp256r1}}]),
                C = public_key:pkix_decode_cert(Certificate, otp),
                {public_key:pkix_is_self_signed(C), C#'OTPCertificate'.signatureAlgorithm}
              end),
    %% Many processes at once, on all schedulers.
    Self = self(),
    Pids = [spawn(fun() -> Self ! {self(), [crypto:hash(sha256, <<I:32, J:32>>) || J <- lists:seq(1, 200)]} end) || I <- lists:seq(1, 20)],
    show(parallel, fun() -> erlang:phash2([receive {P, R} -> R end || P <- Pids]) end).

show(What, F) ->
    io:format("~p: ~p~n", [What, try F() catch C:R:S -> {C, R, [setelement(4, X, []) || X <- lists:sublist(S, 2)]} end]).
