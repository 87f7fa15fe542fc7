"""Second derivatives of the loss without the matrix: products with vectors, extreme eigenvalues, trace."""

from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import torch

from actfns.lab.streams import stream
from actfns.landscapes.tensors import copies_of, flat, repeated, shaped, sizes

_DENSE = 24  # parameters up to which the whole matrix is cheaper than Lanczos
_TOGETHER = 2**15  # entries of the vectors that go through the network at once


@dataclass(frozen=True)
class Eigenvalues:
    """Both ends of the spectrum of the Hessian, with signs; arrays (seeds,) for a run, else numbers.

    * ``largest, smallest``: algebraically; a smallest one below 0 means that the point is no minimum
    * ``residuals``: ‖Hv − λv‖ of the two, (2,) or (seeds, 2): no eigenvalue is farther than this from the given one
    * ``directions``: the eigenvectors (norm 1) as directions for `surface`: name → (1, 2, …)
    """

    largest: np.ndarray
    smallest: np.ndarray
    residuals: np.ndarray = field(repr=False)
    directions: dict = field(repr=False)

    @property
    def dominant(self):
        """The one with the larger magnitude, sign and all: what power iteration converges to."""
        return np.where(np.abs(self.largest) >= np.abs(self.smallest), self.largest, self.smallest)[()]


@dataclass(frozen=True)
class Trace:
    """Trace of the Hessian: ``mean`` with its standard error ``se``, from ``values`` (…, probes).

    Arrays (seeds,) for a run, else numbers. ``se`` is 0 for the exact trace.
    """

    mean: np.ndarray
    se: np.ndarray
    values: np.ndarray = field(repr=False)


def gradient(objective, norm="frozen"):
    """Gradient of the mean loss at ``objective.params``, a dictionary like them.

    ∇L = 1/n Σ ∇loss_i, summed over batches with their sizes; 0 for a parameter the loss does not depend on.

    >>> import torch
    >>> from actfns import landscapes
    >>> data = torch.zeros(4, 1), torch.zeros(4, 1)
    >>> loss = landscapes.objective(lambda p, x: x + p["w"], data, loss="mse", params={"w": torch.tensor([3.0])})
    >>> landscapes.gradient(loss)
    {'w': tensor([6.])}
    """
    params = objective.stack(objective.params)
    found = batched_gradient(objective, params, objective.prepared(params, norm=norm))
    return {name: objective.natural(value) for name, value in found.items()}


def hessian_product(objective, vector, norm="frozen"):
    """H v for the Hessian H of the mean loss at ``objective.params`` and a dictionary ``vector`` like them.

    Differentiates twice, so it is exact up to rounding; of a run, every seed's own Hessian times its own part of
    ``vector``. Kinks do not enter: for ReLU this is the curvature of the smooth piece the point lies on.

    Source: Pearlmutter (1994), Fast exact multiplication by the Hessian, Neural Computation 6.

    >>> import torch
    >>> from actfns import landscapes
    >>> data = torch.zeros(4, 1), torch.zeros(4, 1)
    >>> loss = landscapes.objective(lambda p, x: x + p["w"], data, loss="mse", params={"w": torch.tensor([3.0])})
    >>> landscapes.hessian_product(loss, {"w": torch.tensor([10.0])})
    {'w': tensor([20.])}
    """
    params = objective.stack(objective.params)
    vector = objective.stack({name: vector[name] for name in params})
    found = batched_product(objective, params, objective.prepared(params, norm=norm), vector)
    return {name: objective.natural(value) for name, value in found.items()}


def eigenvalues(objective, generator=None, *, norm="frozen", tol=None):
    """The largest and the smallest eigenvalue of the Hessian of the mean loss, with their signs (`Eigenvalues`).

    λ_max = max vᵀHv and λ_min = min vᵀHv over ‖v‖ = 1, by the implicitly restarted Lanczos method (ARPACK) on products
    H v over the whole data set, one seed after the other.

    Args:
        generator: for the starting vector, a ``torch.Generator``; default: a fixed one.
        norm: as in `surface`; "recalibrated" makes the running estimates afresh once and keeps them.
        tol: relative accuracy; default √ε of the parameters' type, 1.5e−8 in float64 and 3.5e−4 in float32.

    Depends on the parametrisation: a ReLU network can be rescaled so that its function is the same and λ_max as large
    as you like (Dinh et al. 2017), so do not compare activation functions by it alone. Raises `RuntimeError` if the
    method does not converge. Source: Lanczos (1950); Lehoucq, Sorensen & Yang (1998), ARPACK users' guide.

    >>> from actfns import lab, landscapes
    >>> run = lab.train("circles", (4,), "tanh", range(3), epochs=1)
    >>> landscapes.eigenvalues(landscapes.objective(run)).largest.shape
    (3,)
    """
    params, generator = objective.stack(objective.params), generator or stream(0, "lanczos")
    tol = torch.finfo(flat(params).dtype).eps ** 0.5 if tol is None else tol
    buffers, training = objective.prepared(params, norm=norm)
    ends = []
    for k in range(copies_of(params)):
        one, kept = ({name: value[k:k + 1] for name, value in part.items()} for part in (params, buffers))
        start = torch.randn(sum(sizes(params)), dtype=torch.float64, generator=generator).numpy()
        ends.append(_ends(_operator(objective, one, (kept, training)), start, tol))
    values, vectors, residuals = (np.stack(part) for part in zip(*ends))
    found = shaped(torch.as_tensor(vectors).movedim(1, 0), params)  # name → (2, copies, …)
    found = {name: (value if objective.stacked else value[:, 0]).unsqueeze(0).to(params[name])
             for name, value in found.items()}
    largest, smallest = (_plain(objective, values[:, k]) for k in (0, 1))
    return Eigenvalues(largest, smallest, objective.natural(residuals), found)


def trace(objective, generator=None, *, probes=64, norm="frozen"):
    """Trace of the Hessian of the mean loss, with its standard error (`Trace`).

    Hutchinson's estimate: E vᵀHv = tr H for v with independent entries ±1; the mean over ``probes`` vectors, each
    sent through the whole data set, seeds side by side. ``probes="all"`` takes the unit vectors in place of random
    ones: exact, for small networks. ``generator``: a ``torch.Generator``, default: a fixed one; ``norm`` as in
    `eigenvalues`.

    Source: Hutchinson (1990), A stochastic estimator of the trace of the influence matrix, Comm. Stat. 19.

    >>> from actfns import lab, landscapes
    >>> run = lab.train("circles", (4,), "tanh", range(3), epochs=1)
    >>> landscapes.trace(landscapes.objective(run), probes=8).values.shape
    (3, 8)
    """
    if probes != "all" and (not isinstance(probes, int) or probes < 2):
        raise ValueError(f"probes must be 'all' or an integer ≥ 2 (one value has no standard error), got {probes!r}")
    params, generator = objective.stack(objective.params), generator or stream(0, "trace")
    prepared, rows = objective.prepared(params, norm=norm), flat(params)
    vectors = _units(rows) if probes == "all" else _signs(rows, probes, generator)
    values = torch.cat([_forms(objective, params, prepared, torch.stack(some))
                        for some in _grouped(vectors, _TOGETHER // rows.numel() if objective.stacked else 1)])
    values = values.T.cpu().numpy()
    if probes == "all":
        return Trace(_plain(objective, values.sum(1)), _plain(objective, 0 * values[:, 0]), objective.natural(values))
    return Trace(_plain(objective, values.mean(1)), _plain(objective, values.std(1, ddof=1) / probes ** 0.5),
                 objective.natural(values))


def batched_gradient(objective, params, prepared):
    """Gradient of each copy's mean loss for stacked parameters; ``prepared`` = (buffers, training)."""
    def of_piece(total, leaves):
        return torch.autograd.grad(total, leaves, materialize_grads=True)

    return _over_pieces(objective, params, prepared, of_piece)


def batched_product(objective, params, prepared, vector):
    """Product of each copy's Hessian with its own part of ``vector``, all stacked."""
    def of_piece(total, leaves):
        slopes = torch.autograd.grad(total, leaves, create_graph=True, materialize_grads=True)
        bent = [(slope, vector[name]) for slope, name in zip(slopes, params) if slope.requires_grad]
        if not bent:  # the loss is linear in the parameters here
            return [torch.zeros_like(leaf) for leaf in leaves]
        slopes, along = zip(*bent)
        return torch.autograd.grad(slopes, leaves, along, materialize_grads=True)

    return _over_pieces(objective, params, prepared, of_piece)


def _over_pieces(objective, params, prepared, of_piece):
    """Sum over batches of what ``of_piece`` makes of the share each batch has in the mean loss."""
    buffers, training = prepared
    sums = {name: torch.zeros_like(value) for name, value in params.items()}
    for x, y in objective.pieces():
        leaves = {name: value.detach().requires_grad_() for name, value in params.items()}
        seen = {name: value.clone() for name, value in buffers.items()} if training else buffers
        total = objective.losses(leaves, seen, x, y, training).sum() / objective.samples
        if total.requires_grad:
            torch._foreach_add_(list(sums.values()), of_piece(total, list(leaves.values())))
    return sums


def _operator(objective, params, prepared):
    """The Hessian of one copy as a function of NumPy vectors."""
    like = flat(params)

    def product(vector):
        rows = torch.as_tensor(np.asarray(vector).reshape(1, -1)).to(like)
        return flat(batched_product(objective, params, prepared, shaped(rows, params)))[0].double().cpu().numpy()

    return product


def _ends(product, start, tol):
    """Largest and smallest eigenvalue, (2,), their vectors (2, n), and how well both fit, (2,)."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    n = len(start)
    if n <= _DENSE:
        matrix = np.stack([product(unit) for unit in np.eye(n)])
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    else:
        try:
            values, vectors = eigsh(LinearOperator((n, n), product, dtype=float), k=2, which="BE", v0=start, tol=tol)
        except ArpackNoConvergence as error:
            raise RuntimeError(f"the eigenvalues did not converge: {error}; pass a larger tol") from None
    order = np.argsort(values)[[-1, 0]]
    values, vectors = values[order], vectors[:, order].T
    residuals = [np.linalg.norm(product(vector) - value * vector) for value, vector in zip(values, vectors)]
    return values, vectors, np.array(residuals)


def _forms(objective, params, prepared, vectors):
    """vᵀHv for several vectors of each copy, (vectors, copies), in one batched program."""
    (buffers, training), many = prepared, len(vectors)
    buffers = repeated(buffers, many) if buffers else buffers
    vectors = vectors.flatten(0, 1)
    products = batched_product(objective, repeated(params, many), (buffers, training), shaped(vectors, params))
    return (vectors.double() * flat(products).double()).sum(1).view(many, -1)


def _grouped(vectors, size):
    """Lists of up to ``size`` of what the iterator gives, at least one."""
    while some := list(islice(vectors, max(size, 1))):
        yield some


def _signs(rows, probes, generator):
    for _ in range(probes):
        yield torch.randint(2, rows.shape, generator=generator).to(rows) * 2 - 1


def _units(rows):
    for k in range(rows.shape[1]):
        unit = torch.zeros_like(rows)
        unit[:, k] = 1
        yield unit


def _plain(objective, values):
    """One value per copy as an array, or a Python number where there are no seeds."""
    return values if objective.stacked else float(values[0])
