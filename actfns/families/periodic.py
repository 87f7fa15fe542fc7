"""Functions of coordinate networks and signals: sines, and the bump that competes with them.

For arguments of any size NumPy and torch reduce by 2π exactly, so sin and cos are right to the last digits; the
product ω₀x is rounded first, though, which moves the phase by up to |ω₀x| · 2⁻⁵³. Beyond 10¹⁵ (float32: 10⁷) the
phase is arbitrary, the value still one of the function's. At ±∞ there is none: what oscillates returns nan there.
"""

from actfns.activation import Parameter, activation
from actfns.ops import cos, exp, finite, sin, times


@activation(
    family="periodic",
    name="Sine (SIREN)",
    name_ko="사인 (SIREN)",
    aliases=["sin", "sinusoid", "SIREN"],
    formula=r"f(x)=\sin(\omega_0x)",
    derivative_formula=r"f'(x)=\omega_0\cos(\omega_0x)",
    params=[Parameter("omega_0", 1.0, r"\omega_0", "> 0")],
    own_limits=True,
    cite="sitzmann2020",
)
def sine(x, omega_0=1.0):
    """Sine: SIREN's activation, there with ω₀ = 30 and weights drawn for it: U(−√(6/n)/30, √(6/n)/30).

    >>> from actfns import sine
    >>> sine(0.0), round(sine(0.1, omega_0=30.0), 6), sine.derivative(0.0, omega_0=30.0)
    (0.0, 0.14112, 30.0)
    """
    return sin(_phase(x, omega_0))


@sine.derivative_of
def _(x, omega_0):
    return omega_0 * cos(_phase(x, omega_0))


def _phase(x, frequency):
    """frequency · x, kept finite where only the product overflows; nan at ±∞."""
    if isinstance(frequency, (int, float)) and abs(frequency) <= 1:
        return times(frequency, x)
    return finite(frequency * x) + 0 * x


@activation(
    family="periodic",
    name="Snake",
    name_ko="스네이크 (Snake)",
    aliases=["Snake1d"],
    formula=r"f(x)=x+\frac{\sin^2(ax)}{a}=x+\frac{1-\cos(2ax)}{2a}",
    derivative_formula=r"f'(x)=1+\sin(2ax)",
    params=[Parameter("a", 1.0, "a", "> 0", learnable=True)],
    own_limits=True,
    cite="ziyin2020",
)
def snake(x, a=1.0):
    """Snake: the identity plus a periodic part with one learned frequency per channel; it never decreases.

    The slope touches 0, where 1 + sin(2ax) would keep no digit; (sin ax + cos ax)² is the same and does.

    >>> import math
    >>> from actfns import snake
    >>> snake(math.pi / 2), snake(0.0), snake.derivative(0.0)
    (2.5707963267948966, 0.0, 1.0)
    """
    wave = sin(finite(a * x))
    return x + wave * wave / a


@snake.derivative_of
def _(x, a):
    u = _phase(x, a)
    return (sin(u) + cos(u)) ** 2


@activation(
    family="periodic",
    name="Gaussian",
    name_ko="가우시안",
    aliases=["radial basis", "radial basis function"],
    formula=r"f(x)=e^{-x^2/(2a^2)}",
    derivative_formula=r"f'(x)=-\frac{x}{a^2}\,e^{-x^2/(2a^2)}",
    params=[Parameter("a", 0.5**0.5, "a", "> 0")],
    cite="ramasinghe2022",
)
def gaussian(x, a=0.5**0.5):
    """Gaussian: a bump of width a; the default is e^(−x²), coordinate networks tune a.

    >>> from actfns import gaussian
    >>> gaussian(0.0), round(gaussian(1.0), 6), round(gaussian(1.0, a=1.0), 6)
    (1.0, 0.367879, 0.606531)
    """
    t = finite(x / a)
    return exp(-0.5 * t * t)


@gaussian.derivative_of
def _(x, a):
    t = finite(x / a)
    return -t * exp(-t * t / 2) / a


@activation(
    family="periodic",
    name="GCU (growing cosine unit)",
    name_ko="GCU (성장 코사인 유닛)",
    aliases=["x cos x", "growing cosine unit"],
    formula=r"f(x)=x\cos(x)",
    derivative_formula=r"f'(x)=\cos(x)-x\sin(x)",
    own_limits=True,
    cite="noel2021",
)
def gcu(x):
    """GCU: a cosine whose swings grow with x, unbounded on both sides; its slope grows, too.

    >>> from actfns import gcu
    >>> gcu(0.0), round(gcu(3.0), 6), gcu.derivative(0.0)
    (0.0, -2.969977, 1.0)
    """
    return x * cos(x)


@gcu.derivative_of
def _(x):
    return cos(x) - x * sin(x)
