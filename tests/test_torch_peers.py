"""Every activation of the installed torch has its counterpart here, equal forward and backward."""

import pytest
import torch
from test_modules import PEERS, X
from torch import nn
from torch.nn.modules import activation

from actfns import catalog

TABLE = torch.tensor([[-30.0, -2.0, 0.3, 1.7], [0.1, 0.2, 0.3, 19.0], [5.0, 5.0, -5.0, 0.0]], dtype=torch.double)
VECTORS = {"softmax": nn.Softmax(-1), "softmin": nn.Softmin(-1), "log_softmax": nn.LogSoftmax(-1), "glu": nn.GLU()}
POINTS = {name: (peer, X) for name, (peer, _) in PEERS.items()} | {
    name: (peer, TABLE) for name, peer in VECTORS.items()}
ELSEWHERE = {"MultiheadAttention": "a layer", "Softmax2d": "softmax along axis −3, below"}
# torch's backward passes differ from the true slope by so much, relative and absolute
SLOPES = {"softplus": (0, 3e-9), "gelu": (2e-14, 1e-15), "gelu_tanh": (2e-14, 1e-15), "mish": (2e-14, 1e-15),
          "hard_sigmoid": (1e-7, 0), "tanhshrink": (1e-13, 1e-15), "logsigmoid": (1e-14, 1e-15)}


def test_every_activation_of_torch_has_a_counterpart():
    ours = {type(peer).__name__ for peer, _ in POINTS.values()}
    assert set(activation.__all__) - set(ELSEWHERE) <= ours, "an activation of torch that the catalogue lacks"


@pytest.mark.parametrize("name", POINTS)
def test_formula_and_gradient_equal_torchs(name):
    peer, x = POINTS[name]
    results = []
    for function in (catalog[name], peer):
        z = x.clone().requires_grad_()
        y = function(z)
        weights = torch.linspace(1, 2, y.numel(), dtype=y.dtype).view(y.shape)
        results.append((y, *torch.autograd.grad(y, z, weights)))
    (ours, slope), (theirs, their_slope) = results
    rtol, atol = PEERS[name][1] if name in PEERS else (1e-14, 1e-15)
    torch.testing.assert_close(ours, theirs, rtol=rtol, atol=atol)
    rtol, atol = SLOPES.get(name, (1e-14, 1e-15))
    torch.testing.assert_close(slope, their_slope, rtol=rtol, atol=2 * atol)


def test_softmax2d_is_softmax_along_the_channels():
    x = torch.randn(2, 3, 4, 5, dtype=torch.double)
    torch.testing.assert_close(catalog["softmax"](x, axis=-3), nn.Softmax2d()(x), rtol=1e-14, atol=0)


def test_gumbel_softmax_draws_as_torch_does():
    x = torch.linspace(-1, 1, 12, dtype=torch.double).view(3, 4)
    samples = []
    for function in (catalog["gumbel_softmax"].module(tau=0.5), lambda x: nn.functional.gumbel_softmax(x, tau=0.5)):
        torch.manual_seed(5)
        samples.append(function(x))
    assert torch.equal(*samples)
