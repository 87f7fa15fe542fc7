"""Where sources disagree about a name, a constant or a property: what ours is, and by how much the others differ."""
import math

import numpy as np
import pytest
import torch
from oracle import mp, normal_density

import actfns
from actfns import catalog

X = np.linspace(-8, 8, 3201)


def torch_at(function, x=X, **options):
    return function(torch.as_tensor(x), **options).numpy()


def mean_under_normal(function, cuts=(-12, 0, 12)):
    return mp.quad(lambda x: function(float(x)) * normal_density(x), list(cuts))


# ------------------------------------------------------------------------------------------ one name, several functions
@pytest.mark.parametrize(("slope", "edge", "other"), [
    (1 / 6, 3.0, lambda x: torch_at(torch.nn.functional.hardsigmoid, x)),  # torch, jax, Keras 3
    (0.2, 2.5, lambda x: np.clip(0.2 * x + 0.5, 0, 1)),  # Theano, Keras 1 and 2
    (0.5, 1.0, lambda x: actfns.sparse_sigmoid(x)),  # BinaryConnect
])
def test_three_hard_sigmoids(slope, edge, other):
    np.testing.assert_allclose(actfns.hard_sigmoid(X, slope=slope), other(X), atol=1e-15)
    assert actfns.hard_sigmoid(-edge, slope=slope) == 0 and actfns.hard_sigmoid(edge, slope=slope) == 1
    assert actfns.hard_sigmoid(-edge + 0.01, slope=slope) > 0


def test_three_gelus():
    """Φ (torch, keras, BERT), tanh of a cubic (jax, GPT-2), σ(1.702x) (CLIP): how far apart they are."""
    np.testing.assert_allclose(actfns.gelu(X), torch_at(torch.nn.functional.gelu), atol=2e-15)
    np.testing.assert_allclose(actfns.gelu_tanh(X), torch_at(torch.nn.functional.gelu, approximate="tanh"), atol=2e-15)
    np.testing.assert_allclose(actfns.quick_gelu(X), actfns.swish(X, beta=1.702), rtol=1e-15)
    assert np.abs(actfns.gelu_tanh(X) - actfns.gelu(X)).max() == pytest.approx(4.7e-4, rel=0.01)
    assert np.abs(actfns.quick_gelu(X) - actfns.gelu(X)).max() == pytest.approx(0.020334872, rel=1e-5)
    betas = (1.702, 1.762934, 1.772934, 1.782934)
    worst = {beta: np.abs(actfns.swish(X, beta=beta) - actfns.gelu(X)).max() for beta in betas}
    assert min(worst, key=worst.get) == 1.772934 and worst[1.772934] == pytest.approx(0.013922247, rel=1e-4)


@pytest.mark.parametrize(("slope", "source"), [
    (0.01, "Maas et al., torch, jax"), (0.1, "Darknet"), (0.2, "keras.activations, tf.nn"), (0.3, "keras.layers"),
    (1 / 100, "Xu et al., leaky: x/a with a = 100"), (1 / 5.5, "Xu et al., very leaky: a = 5.5")])
def test_leaky_slopes(slope, source):
    assert actfns.leaky_relu(-1.0, negative_slope=slope) == -slope, source
    assert catalog["leaky_relu"].defaults == {"negative_slope": 0.01}


def test_rrelu_has_three_test_slopes():
    """The paper divides by the mean 5.5, torch multiplies by the mean 11/48; the mean of 1/a is a third number."""
    ours = -actfns.rrelu(-1.0)
    third = float(mp.quad(lambda a: 1 / a, [3, 8]) / 5)
    assert ours == pytest.approx(11 / 48) == pytest.approx((1 / 8 + 1 / 3) / 2)
    assert (1 / 5.5, third) == pytest.approx((0.181818, 0.196166), abs=1e-6)
    assert third == pytest.approx(math.log(8 / 3) / 5)
    evaluated = torch.nn.RReLU().eval()(torch.tensor(-1.0, dtype=torch.double)).item()
    assert -evaluated == pytest.approx(ours, rel=1e-6)


def test_pelu_has_two_parameters_because_of_its_slope():
    """f = cx, a(e^(x/b) − 1) has slopes c and a/b at 0: only c = a/b has no kink."""
    for a, b in ((2.0, 4.0), (1.0, 0.5)):
        assert actfns.pelu.derivative(0.0, a=a, b=b) == actfns.pelu.derivative(-1e-300, a=a, b=b) == a / b
        assert actfns.pelu(2.0, a=a, b=b) == 2 * a / b
    np.testing.assert_allclose(actfns.pelu(X), actfns.elu(X), rtol=1e-15)
    assert catalog["pelu"].defaults == {"a": 1.0, "b": 1.0}


def test_prelu_starts_at_a_quarter():
    assert torch.nn.PReLU().weight.item() == catalog["prelu"].defaults["a"] == 0.25
    np.testing.assert_array_equal(actfns.prelu(X, a=0.0), actfns.relu(X))  # Keras starts from 0


def test_elish_is_elu_times_sigmoid_on_the_left():
    """A documentation has x(eˣ − 1)/(eˣ + 1) and (eˣ − 1)/(eˣ + 1): tanh(x/2) in place of the sigmoid."""
    left, right = X[X < 0], X[X > 0]
    np.testing.assert_allclose(actfns.elish(left), np.expm1(left) * actfns.sigmoid(left), rtol=1e-14)
    np.testing.assert_allclose(actfns.elish(right), actfns.silu(right), rtol=1e-14)
    assert abs(actfns.elish(-1.0) - math.tanh(-0.5)) > 0.29
    assert abs(actfns.elish(1.0) - math.tanh(0.5)) > 0.26


def test_hard_elish_uses_the_hard_sigmoid_of_slope_one_half():
    left = X[X < 0]
    np.testing.assert_allclose(actfns.hard_elish(left), np.expm1(left) * actfns.sparse_sigmoid(left), rtol=1e-13)
    assert actfns.hard_elish(-1e-9) > -1e-9
    assert math.exp(0 - 1) * 0.5 > 0.18  # exp(x − 1)·hs, as one package has it, jumps at 0


def test_srelu_with_a_wrong_sign_would_jump():
    """One package writes t_r + a_r (x + t_r): at t_r it is 2 a_r t_r above the middle piece."""
    t_r, a_r = 1.0, 0.2
    assert t_r + a_r * (t_r + t_r) == pytest.approx(t_r + 0.4)
    assert actfns.srelu(t_r) == t_r and actfns.srelu(np.nextafter(t_r, 0)) == np.nextafter(t_r, 0)


def test_torch_softplus_jumps_at_20():
    just, beyond = torch_at(torch.nn.functional.softplus, np.array([20.0, np.nextafter(20.0, 21)]))
    assert beyond - just == pytest.approx(-2.06115e-9, rel=1e-3)
    assert actfns.softplus(np.nextafter(20.0, 21)) >= actfns.softplus(20.0)


def test_slope_at_zero_of_elu_and_selu():
    for name, slope in (("elu", 1.0), ("selu", 1.0507009873554805 * 1.6732632423543772)):
        x = torch.zeros((), dtype=torch.double, requires_grad=True)
        (theirs,) = torch.autograd.grad(getattr(torch.nn.functional, name)(x), x)
        assert theirs.item() == pytest.approx(slope) == pytest.approx(catalog[name].derivative(0.0))


def test_step_at_zero_is_a_choice():
    x = torch.zeros(1)
    for value in (0.0, 0.5, 1.0):
        assert torch.heaviside(x, torch.tensor([value])).item() == actfns.binary_step(0.0, value_at_0=value) == value


def test_clipped_relus():
    """ReLU6 is n = 6, Deep Speech n = 20; TFLite's RELU_N1_TO_1 is hard tanh, not n = 1."""
    np.testing.assert_array_equal(actfns.relu_n(X, n=6.0), actfns.relu6(X))
    clipped = torch_at(torch.nn.functional.hardtanh, 4 * X, min_val=0, max_val=20)
    np.testing.assert_array_equal(actfns.relu_n(4 * X), clipped)
    assert actfns.hardtanh(-1.0) == -1 and actfns.relu_n(-1.0, n=1.0) == 0


def test_two_gaussians():
    np.testing.assert_allclose(actfns.gaussian(X), np.exp(-X * X), rtol=1e-13)
    np.testing.assert_allclose(actfns.gaussian(X, a=3.0), np.exp(-X * X / 18), rtol=1e-13)


def test_elliott_is_a_moved_softsign():
    np.testing.assert_allclose(2 * actfns.elliott(X) - 1, actfns.softsign(X), atol=1e-15)
    assert catalog["elliotsig"] is actfns.softsign  # the symmetric form


def test_dyt_at_its_start_is_a_moved_sigmoid():
    np.testing.assert_allclose(actfns.dyt(X), 2 * actfns.sigmoid(X) - 1, atol=1e-15)


def test_polynorm_weights_by_power():
    """weight[0] of the official code belongs to x³; ours are named by the power."""
    z = np.array([1.0, -2.0, 0.5, 3.0])
    for power in (1, 2, 3):
        weights = {f"a{k}": float(k == power) for k in (1, 2, 3)}
        want = z**power / np.sqrt(np.mean(z ** (2 * power)))
        np.testing.assert_allclose(actfns.polynorm(z, eps=1e-300, **weights), want, rtol=1e-14)


# --------------------------------------------------------------------------------------------- what is often said wrong
def test_star_relu_constants_come_from_moments():
    """E ReLU² = 1/2 and Var ReLU² = 5/4 give s = 2/√5, b = −1/√5; the official code starts from 1 and 0."""
    mean = mean_under_normal(actfns.squared_relu)
    variance = mean_under_normal(lambda x: actfns.squared_relu(x) ** 2) - mean**2
    assert (float(mean), float(variance)) == pytest.approx((0.5, 1.25))
    assert float(mean_under_normal(actfns.star_relu)) == pytest.approx(0, abs=1e-12)
    assert float(mean_under_normal(lambda x: actfns.star_relu(x) ** 2)) == pytest.approx(1)
    assert actfns.star_relu(3.0, s=1.0, b=0.0) == 9


def test_lecun_tanh_misses_one_by_three_millionths():
    assert actfns.lecun_tanh(1.0) == pytest.approx(0.99999726, abs=5e-9)
    assert float(mean_under_normal(lambda x: actfns.lecun_tanh(x) ** 2)) == pytest.approx(0.750430, abs=1e-6)


def test_slopes_far_out_are_not_one():
    assert actfns.logish.derivative(1e6) == pytest.approx(math.log(2))
    assert actfns.smish.derivative(1e6) == pytest.approx(0.6) == pytest.approx(math.tanh(math.log(2)))
    assert actfns.acon_c.derivative(-1e6) == pytest.approx(-0.8) and actfns.acon_c(-1e6) > 0  # up on both sides
    assert [actfns.pau.derivative(x) for x in (-1e9, 1e9)] == pytest.approx([0.50500126] * 2)
    assert actfns.xielu.derivative(-1e6) == pytest.approx(-0.3) and actfns.xielu(-1e6) > 0


def test_pau_is_leaky_relu_on_its_fitting_interval_only():
    inside = np.abs(X) <= 3
    error = np.abs(actfns.pau(X) - actfns.leaky_relu(X))
    assert error[inside].max() < 0.034 < 1 < error.max()


def test_apl_reverses_the_sign():
    np.testing.assert_allclose(actfns.apl(X, a1=-0.01), actfns.leaky_relu(X), rtol=1e-14)


def test_phish_and_lisht_are_never_negative():
    assert actfns.phish(X).min() == actfns.phish(0.0) == 0 and actfns.phish.derivative(0.0) == 0
    assert actfns.phish(-1.5) > actfns.phish(-0.5) > 0 < actfns.phish(-8.0)  # a bump, where Mish has a dip
    np.testing.assert_array_equal(actfns.lisht(X), actfns.lisht(-X))
    assert actfns.lisht.derivative(1.2) > actfns.lisht.derivative(5.0) > 1 and actfns.lisht(X).min() == 0  # not convex


def test_minima_of_hard_mish_and_mish():
    assert (actfns.hard_mish(X).min(), X[actfns.hard_mish(X).argmin()]) == pytest.approx((-0.5, -1))
    assert actfns.mish(X).min() == pytest.approx(-0.308843, abs=1e-6)


def test_isrlu_is_smoother_than_elu():
    """f″ tends to 0 on both sides; ELU's jumps by 1."""
    step = 1e-4
    second = {f: (f.derivative(0.0) - f.derivative(-step)) / step for f in (actfns.isrlu, actfns.elu)}
    assert abs(second[actfns.isrlu]) < 1e-3 and second[actfns.elu] == pytest.approx(1, rel=1e-3)


def test_snake_never_decreases_and_its_mean_is_not_zero():
    assert actfns.snake.derivative(X).min() >= 0
    assert actfns.snake.derivative(-math.pi / 4) < 1e-30 and (np.diff(actfns.snake(X)) > 0).all()
    assert float(mean_under_normal(actfns.snake)) == pytest.approx((1 - math.exp(-2)) / 2)


def test_textbook_tanhexp_loses_its_gradient():
    x = torch.tensor(100.0, requires_grad=True)
    (theirs,) = torch.autograd.grad(x * torch.tanh(torch.exp(x)), x)
    (ours,) = torch.autograd.grad(actfns.tanhexp(x), x)
    assert theirs.isnan() and ours == 1


def test_isru_in_float16():
    x = np.float16(300)
    with np.errstate(over="ignore"):
        assert x / np.sqrt(1 + x * x) == 0 and actfns.isru(x) == 1


def test_xielu_is_zero_at_zero():
    """The implementation in transformers keeps the argument of expm1 below −10⁻⁶ and returns −8·10⁻⁷ there."""
    assert actfns.xielu(0.0) == 0 and 0.8 * math.expm1(-1e-6) == pytest.approx(-8e-7, rel=1e-5)


# ------------------------------------------------------------------------------------------------- sines of anything
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_sine_of_huge_arguments(backend, dtype):
    """With ω₀ = 1 there is no product to round, and the reduction by 2π is exact: 2 ULP up to the largest numbers."""
    top = float(np.finfo(dtype).max)
    x = np.concatenate([np.geomspace(1, 0.9 * top, 400), -np.geomspace(3, top / 7, 100), [top]]).astype(dtype)
    for function, exact in ((actfns.sine, mp.sin), (actfns.sine.derivative, mp.cos)):
        got = function(x) if backend == "numpy" else function(torch.from_numpy(x)).numpy()
        want = np.array([float(exact(mp.mpf(float(value)))) for value in x])
        assert (np.abs(got - want) <= 2 * np.spacing(np.abs(want).astype(dtype))).all()


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_siren_frequency(backend):
    """The product 30x is rounded: the phase moves by at most half an ULP of it; the value stays within [−1, 1]."""
    x = np.concatenate([np.geomspace(1e-9, 1e6, 500), [1e200, 1.7e308, -1.7e308]])
    got = actfns.sine(x, omega_0=30.0) if backend == "numpy" else actfns.sine(torch.from_numpy(x), omega_0=30.0).numpy()
    want = np.array([float(mp.sin(30 * mp.mpf(value))) for value in x[:500]])
    assert (np.abs(got[:500] - want) <= 30 * x[:500] * 2.0**-53 + 4 * np.spacing(np.abs(want))).all()
    assert np.isfinite(got).all() and np.abs(got).max() <= 1
