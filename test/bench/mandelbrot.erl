%% Floats: an inner loop on float registers.
-module(mandelbrot).
-export([run/0]).

run() -> rows(0, 160, 0).

rows(N, N, Acc) -> Acc;
rows(Y, N, Acc) -> rows(Y + 1, N, cols(0, N, Y, Acc)).

cols(N, N, _, Acc) -> Acc;
cols(X, N, Y, Acc) -> cols(X + 1, N, Y, Acc + iterate(0.0, 0.0, 2.0 * X / N - 1.5, 2.0 * Y / N - 1.0, 0)).

iterate(_, _, _, _, 500) -> 500;
iterate(ZR, ZI, CR, CI, I) when is_float(ZR), is_float(ZI) ->
    R2 = ZR * ZR, I2 = ZI * ZI,
    if R2 + I2 > 4.0 -> I;
       true -> iterate(R2 - I2 + CR, 2.0 * ZR * ZI + CI, CR, CI, I + 1)
    end.
