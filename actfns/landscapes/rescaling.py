"""The same ReLU network with other weights."""

import math
import re


def rescale(params, factors):
    """Multiply the weights of layer l by α_l and its bias by α_1 ⋯ α_l: a dictionary like ``params``.

    If α_1 ⋯ α_L = 1, all α_l > 0, and the activation function is positively homogeneous, f(c x) = c f(x) for c > 0
    (ReLU, leaky ReLU, no function), the network computes the same; for any other (Mish, Swish, GELU, tanh) it does
    not. Curvature changes all the same: no statement about raw sharpness survives this unless it holds for all α.

    Args:
        params: of the lab ("W1", "b1", …, seeds first) or of a chain of linear or convolutional layers
            (``dict(model.named_parameters())`` of a ``torch.nn.Sequential``: "0.weight", "0.bias", …), in the order in
            which they are applied. Layers without a bias are fine; batch norm is not, its scale is free anyway.
            Learnable parameters of the lab's activation functions ("f1.alpha") stay as they are.
        factors: one positive number for each layer, with product 1.

    Raises `ValueError` for factors or parameters that do not fit. Source: Dinh, Pascanu, Bengio & Bengio (2017), Sharp
    minima can generalize for deep nets, arXiv:1703.04933.

    >>> import torch
    >>> from actfns import lab, landscapes
    >>> params, x = lab.stack((2, 8, 1), range(3), dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)
    >>> same = landscapes.rescale(params, [10, 0.1])
    >>> torch.allclose(lab.forward(params, x, "relu"), lab.forward(same, x, "relu"))
    True
    """
    layers, factors = _layers(params), [float(factor) for factor in factors]
    if len(factors) != len(layers) or not all(0 < factor < math.inf for factor in factors):
        raise ValueError(f"need {len(layers)} positive factors, one for each layer, got {factors}")
    if not math.isclose(math.prod(factors), 1, rel_tol=1e-12):
        raise ValueError(f"the factors must have the product 1, or the function changes; got {math.prod(factors)!r}")
    made, so_far = dict(params), 1.0
    for (weight, bias), factor in zip(layers, factors):
        so_far *= factor
        made[weight] = params[weight] * factor
        if bias in params:
            made[bias] = params[bias] * so_far
    return made


def _layers(params):
    """Names (weight, bias) of the layers in order."""
    if "W1" in params:
        count = sum(name.startswith("W") for name in params)
        layers = [(f"W{layer}", f"b{layer}") for layer in range(1, count + 1)]
        axes = 3
    else:
        weights = [name for name in params if name.split(".")[-1] == "weight"]
        layers = [(name, f"{name[:-len('weight')]}bias") for name in weights]
        axes = 2
    others = sorted(name for name in params.keys() - {name for layer in layers for name in layer}
                    if axes == 2 or not re.match(r"f\d+\.", name))
    if flat := [weight for weight, _ in layers if params[weight].ndim < axes]:
        raise ValueError(f"{', '.join(flat)} is no weight of a linear or convolutional layer; leave norms out")
    if others or not layers:
        raise ValueError(f"a chain of layers has weights and biases only, got {', '.join(others) or 'no weights'}")
    return layers
