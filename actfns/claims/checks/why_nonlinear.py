"""Checks of the topic why-nonlinear."""

import torch

from actfns import lab
from actfns.claims.evidence import Evidence, check


@check("linear-stack-collapses")
def folds():
    """A 64-64-64-10 network without activation, against its folded W x + b, in float64, 20 seeds."""
    params = lab.stack((64, 64, 64, 10), range(20), dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    for name in ("b1", "b2", "b3"):
        params[name].normal_(generator=generator)
    x = torch.as_tensor(lab.load_data("digits").X_test, dtype=torch.float64)
    weight, bias = lab.fold(params)
    folded = torch.einsum("soi,ni->sno", weight, x) + bias.unsqueeze(1)
    gap = (lab.forward(params, x, lambda z: z) - folded).abs().max().item()
    return Evidence(gap < 1e-10, {"largest difference": gap})
