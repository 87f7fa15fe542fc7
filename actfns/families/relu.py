"""The identity, cut or bent at a few points: ReLU and its piecewise linear relatives."""

from actfns.activation import Parameter, activation
from actfns.ops import clip, counting, eye, maximum, minimum, move_axis, scaled, where


@activation(
    family="relu",
    name="Identity (linear)",
    name_ko="항등 함수",
    aliases=["linear", "no activation"],
    formula=r"f(x)=x",
    derivative_formula=r"f'(x)=1",
    cite="rumelhart1986",
)
def identity(x):
    """Identity: no activation at all; a stack of such layers is one affine map.

    >>> from actfns import identity
    >>> identity(-3.5), identity.derivative(-3.5)
    (-3.5, 1.0)
    """
    return +x


@identity.derivative_of
def _(x):
    return 1 + 0 * x


@activation(
    family="relu",
    name="ReLU (rectified linear unit)",
    name_ko="ReLU (정류 선형 유닛)",
    aliases=["rectifier", "ramp", "positive part", "rectified linear unit"],
    formula=r"f(x)=\max(0,x)",
    derivative_formula=r"f'(x)=\begin{cases}1,&x>0\\0,&x<0\end{cases}",
    convention="slope 0 at 0, as torch and jax; any value in [0, 1] is a subgradient",
    cite="nair2010",
    native="relu",
)
def relu(x):
    """ReLU: negative values become 0, positive ones stay.

    >>> from actfns import relu
    >>> relu(-2.0), relu(3.0), relu.derivative(0.0)
    (0.0, 3.0, 0.0)
    """
    return maximum(x, 0.0)


@relu.derivative_of
def _(x):
    return where(x > 0, 1 + 0 * x, 0.0)


@activation(
    family="relu",
    name="Leaky ReLU",
    name_ko="리키 ReLU",
    aliases=["LReLU", "LeakyReLU"],
    formula=r"f(x)=\begin{cases}x,&x>0\\\alpha x,&x\le 0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&x>0\\\alpha,&x<0\end{cases}",
    params=[Parameter("negative_slope", 0.01, r"\alpha")],
    convention="slope α at 0, as torch",
    cite="maas2013",
    native="leaky_relu",
    native_arguments={"negative_slope": "negative_slope"},
)
def leaky_relu(x, negative_slope=0.01):
    """Leaky ReLU: a small slope instead of none on the negative side.

    The default differs between libraries: 0.01 in the paper, torch and jax; 0.2 or 0.3 in Keras; 0.1 in Darknet.

    >>> from actfns import leaky_relu
    >>> leaky_relu(-2.0), leaky_relu(-2.0, negative_slope=0.3)
    (-0.02, -0.6)
    """
    return where(x > 0, x, scaled(x, negative_slope))


@leaky_relu.derivative_of
def _(x, negative_slope):
    return where(x > 0, 1 + 0 * x, negative_slope)


@activation(
    family="relu",
    name="PReLU (parametric ReLU)",
    name_ko="PReLU (파라메트릭 ReLU)",
    aliases=["parametric ReLU"],
    formula=r"f(x)=\begin{cases}x,&x>0\\a\,x,&x\le 0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&x>0\\a,&x<0\end{cases}",
    params=[Parameter("a", 0.25, "a", learnable=True)],
    convention="slope a at 0, as torch",
    cite="he2015",
    native="prelu",
    native_arguments={"weight": "a"},
)
def prelu(x, a=0.25):
    """PReLU: leaky ReLU whose negative slope is learned, one for a layer or one per channel.

    >>> from actfns import prelu
    >>> prelu(-2.0), prelu.module(channels=3).a.numel()
    (-0.5, 3)
    """
    return where(x > 0, x, scaled(x, a))


@prelu.derivative_of
def _(x, a):
    return where(x > 0, 1 + 0 * x, a)


@activation(
    family="relu",
    name="RReLU (randomised leaky ReLU)",
    name_ko="RReLU (무작위 리키 ReLU)",
    aliases=["randomised leaky ReLU", "randomized leaky ReLU"],
    formula=r"f(x)=\begin{cases}x,&x>0\\\frac{l+u}{2}\,x,&x\le 0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&x>0\\\frac{l+u}{2},&x<0\end{cases}",
    params=[Parameter("lower", 1 / 8, "l", ">= 0"), Parameter("upper", 1 / 3, "u", ">= 0")],
    require=("lower <= upper", lambda lower, upper: lower <= upper),
    convention="slope (l+u)/2 at 0; the module with torch's kernel draws each slope from U(l, u) while training",
    cite="xu2015",
    native="rrelu",
    native_arguments={"lower": "lower", "upper": "upper", "training": "training"},
)
def rrelu(x, lower=1 / 8, upper=1 / 3):
    """RReLU in its test form: leaky ReLU with the mean slope (l + u)/2.

    The paper divides by a number from U(3, 8), 5.5 in tests (slope 0.182); torch multiplies by one from
    U(1/8, 1/3), 11/48 in tests (slope 0.229), and so do we.

    >>> from actfns import rrelu
    >>> rrelu(-48.0)
    -11.0
    """
    return where(x > 0, x, scaled(x, (lower + upper) / 2))


@rrelu.derivative_of
def _(x, lower, upper):
    return where(x > 0, 1 + 0 * x, (lower + upper) / 2)


@activation(
    family="relu",
    name="SReLU (S-shaped ReLU)",
    name_ko="SReLU (S자형 ReLU)",
    aliases=["S-shaped ReLU"],
    formula=r"f(x)=\begin{cases}t_r+a_r(x-t_r),&x\ge t_r\\x,&t_l<x<t_r\\t_l+a_l(x-t_l),&x\le t_l\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}a_r,&x>t_r\\1,&t_l<x<t_r\\a_l,&x<t_l\end{cases}",
    params=[
        Parameter("t_l", -1.0, "t_l", learnable=True),
        Parameter("a_l", 0.2, "a_l", learnable=True),
        Parameter("t_r", 1.0, "t_r", learnable=True),
        Parameter("a_r", 0.2, "a_r", learnable=True),
    ],
    require=("t_l < t_r", lambda t_l, a_l, t_r, a_r: t_l < t_r),
    convention="at the two kinks the slope of the outer piece",
    cite="jin2016",
)
def srelu(x, t_l=-1.0, a_l=0.2, t_r=1.0, a_r=0.2):
    """SReLU: three lines meeting at two learned thresholds; nothing in training keeps t_l below t_r.

    >>> from actfns import srelu
    >>> srelu(0.5), round(srelu(2.0), 12), round(srelu(-2.0), 12)
    (0.5, 1.2, -1.2)
    """
    return where(x >= t_r, t_r + scaled(x - t_r, a_r), where(x <= t_l, t_l + scaled(x - t_l, a_l), x))


@srelu.derivative_of
def _(x, t_l, a_l, t_r, a_r):
    return where(x >= t_r, a_r + 0 * x, where(x <= t_l, a_l + 0 * x, 1.0))


@activation(
    family="relu",
    name="ReLU6",
    name_ko="ReLU6",
    aliases=["relu capped at 6"],
    formula=r"f(x)=\min(\max(0,x),6)",
    derivative_formula=r"f'(x)=\begin{cases}1,&0<x<6\\0,&x<0\text{ or }x>6\end{cases}",
    convention="slope 0 at 0 and at 6, as torch",
    cite="krizhevsky2010",
    native="relu6",
)
def relu6(x):
    """ReLU6: ReLU capped at 6, so that a few bits suffice for its values.

    >>> from actfns import relu6
    >>> relu6(-1.0), relu6(4.0), relu6(40.0)
    (0.0, 4.0, 6.0)
    """
    return clip(x, 0.0, 6.0)


@relu6.derivative_of
def _(x):
    return where((x > 0) & (x < 6), 1 + 0 * x, 0.0)


@activation(
    family="relu",
    name="Thresholded ReLU",
    name_ko="임계 ReLU (threshold)",
    aliases=["thresholded relu", "truncated rectifier", "TRec"],
    formula=r"f(x)=\begin{cases}x,&x>\theta\\v,&x\le\theta\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&x>\theta\\0,&x<\theta\end{cases}",
    params=[Parameter("theta", 1.0, r"\theta"), Parameter("value", 0.0, "v")],
    convention="slope 0 at the jump",
    cite="konda2015",
    native="threshold",
    native_arguments={"threshold": "theta", "value": "value"},
)
def threshold(x, theta=1.0, value=0.0):
    """Thresholded ReLU: the identity above a threshold, a constant below; it jumps unless the two meet.

    >>> from actfns import threshold
    >>> threshold(0.9), threshold(1.1)
    (0.0, 1.1)
    """
    return where(x <= theta, value, x)


@threshold.derivative_of
def _(x, theta, value):
    return where(x > theta, 1 + 0 * x, 0.0)


@activation(
    family="relu",
    name="Squared ReLU",
    name_ko="제곱 ReLU (ReLU²)",
    aliases=["ReLU^2", "ReLU²", "relu2", "ReLU squared"],
    formula=r"f(x)=\max(0,x)^2",
    derivative_formula=r"f'(x)=2\max(0,x)",
    cite="so2021",
)
def squared_relu(x):
    """Squared ReLU: once continuously differentiable; twice the input gives four times the output.

    So no initialisation keeps the variance of a deep stack: it needs normalisation. float16 overflows above 255.9.

    >>> from actfns import squared_relu
    >>> squared_relu(-2.0), squared_relu(3.0), squared_relu.derivative(3.0)
    (0.0, 9.0, 6.0)
    """
    return maximum(x, 0.0) ** 2


@squared_relu.derivative_of
def _(x):
    return 2 * maximum(x, 0.0)


@activation(
    family="relu",
    name="Clipped ReLU (ReLU-n, bounded ReLU)",
    name_ko="클리핑 ReLU (ReLU-n)",
    aliases=["clipped ReLU", "bounded ReLU"],
    formula=r"f(x)=\min(\max(0,x),n)",
    derivative_formula=r"f'(x)=\begin{cases}1,&0<x<n\\0,&x<0\text{ or }x>n\end{cases}",
    params=[Parameter("n", 20.0, "n", "> 0")],
    convention="slope 0 at 0 and at n, as torch",
    cite="hannun2014",
    native="hardtanh",
    native_arguments={"max_val": "n"},
    native_options={"min_val": 0.0},
)
def relu_n(x, n=20.0):
    """Clipped ReLU: ReLU capped at n; 20 in Deep Speech (the default here), 6 in `relu6`.

    It is also called BReLU (bounded ReLU), a name that others use for `bipolar_relu`.

    >>> from actfns import relu_n
    >>> relu_n(-1.0), relu_n(30.0), relu_n(30.0, n=1.0)
    (0.0, 20.0, 1.0)
    """
    return clip(x, 0.0, n)


@relu_n.derivative_of
def _(x, n):
    return where((x > 0) & (x < n), 1 + 0 * x, 0.0)


@activation(
    family="relu",
    arity="vector",
    name="Bipolar ReLU",
    name_ko="양극성 ReLU (Bipolar ReLU)",
    aliases=["alternating-sign ReLU"],
    formula=r"f(z)_i=(-1)^i\max\bigl(0,(-1)^iz_i\bigr)",
    derivative_formula=r"\frac{\partial f_i}{\partial z_j}=\delta_{ij}\,[(-1)^iz_i>0]",
    params=[Parameter("axis", -1, "", option=True)],
    convention="slope 0 at 0; channels count from 0",
    cite="eidnes2017",
)
def bipolar_relu(x, axis=-1):
    """Bipolar ReLU: max(0, x) on even channels, min(0, x) on odd ones, so that the mean over a pair is not pushed up.

    ``axis`` is that of the channels, 1 for images. Average-biased ReLU (ABReLU) is another function.

    >>> import numpy as np
    >>> from actfns import bipolar_relu
    >>> bipolar_relu(np.array([1.0, 1.0, -2.0, -2.0]))
    array([ 1.,  0.,  0., -2.])
    """
    z = move_axis(x, axis, -1)
    return move_axis(where(_even(z), maximum(z, 0.0), minimum(z, 0.0)), -1, axis)


def _even(z):
    """Whether the index along the last axis is even."""
    return counting(z) % 2 == 1


@bipolar_relu.derivative_of
def _(x, axis):
    z = move_axis(x, axis, -1)
    open_ = where(_even(z), z > 0, z < 0) + 0 * z
    return open_[..., :, None] * eye(z.shape[-1], z)
