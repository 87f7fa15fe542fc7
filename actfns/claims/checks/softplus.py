"""Checks of the topic softplus."""

import numpy as np

import actfns
from actfns.claims.evidence import Evidence, check


@check("softplus-formula")
def logarithm_of_one_plus():
    """softplus against ln(1 + e^x) in 40 digits, its slope against the sigmoid, its gap to ReLU; and x = 1000."""
    import mpmath

    x = np.linspace(-30, 30, 241)
    with mpmath.workdps(40):
        exact = np.array([float(mpmath.log1p(mpmath.exp(value))) for value in x])
    error = float(np.abs(actfns.softplus(x) / exact - 1).max())
    slope = float(np.abs(actfns.softplus.derivative(x) - actfns.sigmoid(x)).max())
    above = actfns.softplus(x) - actfns.relu(x)
    with np.errstate(over="ignore"):
        naive = float(np.log(1 + np.exp(np.float64(1000))))
    ours = float(actfns.softplus(1000.0))
    return Evidence(error < 1e-14 and slope < 1e-12 and above.min() > 0 and abs(above.max() - np.log(2)) < 1e-12
                    and np.isinf(naive) and ours == 1000,
                    {"largest relative error": error, "slope - sigmoid": slope,
                     "largest gap to ReLU": float(above.max()), "ln(1 + e^1000) as written": naive,
                     "softplus(1000)": ours})
