"""Checks of the topic elish."""

import numpy as np

import actfns
from actfns.claims.checks.elu import PLACES, sheet
from actfns.claims.evidence import Evidence, check


def bend(f, side, h=1e-5):
    """The second derivative at 0 from one side (side 1 or −1)."""
    return float((f.derivative(side * h) - f.derivative(side * 1e-12)) / (side * h))


@check("elish-composition")
def elu_times_sigmoid():
    """ELiSH against ELU(x) σ(x) on 6001 places, and its minimum against 2√2 − 3 at ln(√2 − 1)."""
    gap = np.abs(actfns.elish(PLACES) - actfns.elu(PLACES) * actfns.sigmoid(PLACES)).max()
    found = sheet("elish")
    off = max(abs(found.minimum - (2 * np.sqrt(2) - 3)), abs(found.minimum_at - np.log(np.sqrt(2) - 1)))
    return Evidence(gap < 1e-13 and off < 1e-5, {"largest difference": float(gap), "minimum": found.minimum,
                                                 "at": found.minimum_at})


@check("elish-shares-swish-properties")
def shares_all_but_smoothness():
    """Bounds, limits and monotonicity of ELiSH and SiLU, their distance for x ≥ 0, and the bend of both at 0."""
    elish, silu = sheet("elish"), sheet("silu")
    right = PLACES[PLACES >= 0]
    apart = float(np.abs(actfns.elish(right) - actfns.silu(right)).max())
    jump, smooth = (bend(f, 1) - bend(f, -1) for f in (actfns.elish, actfns.silu))
    return Evidence((elish.inf < 0) == (silu.inf < 0) and elish.sup == silu.sup and elish.monotonic == silu.monotonic
                    and apart < 1e-13 and abs(jump + 0.5) < 1e-3 and abs(smooth) < 1e-3
                    and elish.continuity < silu.continuity,
                    {"distance for x ≥ 0": apart, "jump of f″, ELiSH": jump, "SiLU": smooth})


@check("elish-linear-part-eliminates-vanishing")
def one_side_only():
    """Slope of ELiSH at 10, −10 and −20: what can be checked of the explanation holds on the right only."""
    right, left, farther = (float(actfns.elish.derivative(x)) for x in (10.0, -10.0, -20.0))
    return Evidence(abs(right - 1) < 0.01 and abs(left) < 1e-3 and abs(farther) < abs(left) / 1000,
                    {"at 10": right, "at −10": left, "at −20": farther})


@check("hardelish-formula")
def hard_sigmoid_times():
    """HardELiSH against hard sigmoid × ELU (x < 0) and × x (x ≥ 0); with the other two hard sigmoids instead."""
    passing, gaps = np.where(PLACES < 0, np.expm1(np.minimum(PLACES, 0)), PLACES), {}
    for name, gate in (("(x + 1)/2", (PLACES + 1) / 2), ("(x + 3)/6", (PLACES + 3) / 6),
                       ("(x + 2.5)/5", (PLACES + 2.5) / 5)):
        gaps[name] = float(np.abs(actfns.hard_elish(PLACES) - passing * np.clip(gate, 0, 1)).max())
    right, *others = gaps.values()
    return Evidence(right < 1e-13 and min(others) > 0.05, gaps)
