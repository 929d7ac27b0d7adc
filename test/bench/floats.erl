%% Floats: n-body simulation.
-module(floats).
-export([run/0]).

run() ->
    Bodies = [{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47}, {4.84, -1.16, -0.10, 0.60, 2.81, -0.02, 0.037},
              {8.34, 4.12, -0.4, -1.01, 1.81, 0.008, 0.011}, {12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017},
              {15.37, -25.9, 0.179, 0.979, 0.594, -0.034, 0.002}],
    End = advance(120000, Bodies),
    round(energy(End) * 1.0e6).

advance(0, B) -> B;
advance(N, B) -> advance(N - 1, [move(X) || X <- pairs(B, [])]).

pairs([], Done) -> lists:reverse(Done);
pairs([B | Bs], Done) ->
    {B1, Rest} = pull(B, Bs, []),
    pairs(Rest, [B1 | Done]).

pull(B, [], Acc) -> {B, lists:reverse(Acc)};
pull({X, Y, Z, VX, VY, VZ, M}, [{X2, Y2, Z2, VX2, VY2, VZ2, M2} | T], Acc) ->
    DX = X - X2, DY = Y - Y2, DZ = Z - Z2,
    D2 = DX * DX + DY * DY + DZ * DZ,
    Mag = 0.001 / (D2 * math:sqrt(D2)),
    pull({X, Y, Z, VX - DX * M2 * Mag, VY - DY * M2 * Mag, VZ - DZ * M2 * Mag, M}, T,
         [{X2, Y2, Z2, VX2 + DX * M * Mag, VY2 + DY * M * Mag, VZ2 + DZ * M * Mag, M2} | Acc]).

move({X, Y, Z, VX, VY, VZ, M}) -> {X + 0.001 * VX, Y + 0.001 * VY, Z + 0.001 * VZ, VX, VY, VZ, M}.

energy(Bs) -> lists:sum([0.5 * M * (VX * VX + VY * VY + VZ * VZ) || {_, _, _, VX, VY, VZ, M} <- Bs]).
