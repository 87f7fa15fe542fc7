"""Large NumPy arrays are worked through in blocks: nobody should notice."""

import numpy as np
import pytest

import actfns
from actfns import activation, catalog
from actfns.activation import _BLOCK

ROWS = np.random.default_rng(0).standard_normal((3 * _BLOCK // 64 + 1, 64)).astype(np.float32)


def seeded_draw():
    np.random.seed(3)
    return actfns.gumbel_softmax(ROWS)


def test_a_seed_gives_the_same_sample_the_first_time_and_the_second():
    """Looking at a formula to count its operations draws nothing, and blocks draw what the whole array would."""
    actfns.gumbel_softmax.__dict__.pop("operations", None)
    first, second = seeded_draw(), seeded_draw()
    np.testing.assert_array_equal(first, second)
    np.random.seed(3)
    exponential = np.random.Generator(np.random.get_bit_generator()).standard_exponential(ROWS.shape)
    noise = -np.log(exponential.astype(np.float32))
    np.testing.assert_allclose(first, actfns.gumbel_softmax(ROWS, noise=noise), rtol=1e-5)


def test_counting_the_operations_of_a_random_function_draws_nothing():
    @activation(family="relu", name="Noisy", name_ko="Noisy", formula="f(x)=x", derivative_formula="f'(x)=1")
    def noisy(x):
        return x + np.random.random_sample(x.shape)

    try:
        np.random.seed(3)
        want = np.random.random_sample()
        np.random.seed(3)
        assert noisy.operations == 1 and np.random.random_sample() == want
    finally:
        catalog.remove("noisy")


@pytest.mark.parametrize("name", catalog)
def test_the_result_is_an_array_of_its_own(name):
    """Whoever changes a result in place must not find the input changed."""
    x = np.linspace(0.1, 0.7, 8)
    assert not np.may_share_memory(catalog[name](x), x)


@pytest.mark.parametrize("name", ["softplus", "sqrt_softplus", "softmax", "squareplus", "sigmoid", "tanhshrink"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 300.0])
def test_what_is_checked_for_a_block_does_not_change_a_value(name, scale):
    """A number far out sends its whole block the careful way: its neighbours stay what they were."""
    x = (scale * ROWS[:4]).astype(np.float32)
    far = np.vstack([x, np.full((1, 64), np.float32(1e30))])
    np.testing.assert_allclose(catalog[name](far)[:4], catalog[name](x), rtol=2e-5 if name == "softmax" else 0)
