%% The program inet_gethost answers, wherever OTP looks for it.
-module(name_lookup).
-export([main/0]).

main() ->
    t:sockets(),
    t:p(inet_gethost_native:gethostbyname("localhost")),
    t:p(inet_gethost_native:gethostbyname("::1", inet6)),
    t:p(inet_gethost_native:gethostbyaddr({127, 0, 0, 1})),
    t:p(inet_gethost_native:gethostbyname("nosuch.invalid")).
