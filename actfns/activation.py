"""An activation function as an object, and the catalogue of all of them."""

import inspect
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from actfns import facts as known_facts
from actfns.citations import bibliography

_BLOCK = 2**15  # numbers; larger blocks of memory are handed back to the system after each use
_COMPARE = {">": operator.gt, ">=": operator.ge, "!=": operator.ne, "<": operator.lt, "<=": operator.le}


@dataclass(frozen=True)
class Parameter:
    """One parameter of an activation function.

    ``name`` is the Python keyword, ``symbol`` its LaTeX, ``default`` its value when nothing is said, ``domain`` the
    admissible values ("real", or a comparison such as "> 0"); a ``learnable`` one becomes an ``nn.Parameter`` in
    `Activation.module`, one per layer even where there is one value per channel if it is ``shared``; an ``option`` (an
    axis, a flag) is passed on unchecked.
    """

    name: str
    default: object
    symbol: str
    domain: str = "real"
    learnable: bool = False
    option: bool = False
    shared: bool = False

    def check(self, value, owner):
        """Raise `TypeError` for what is no number, array or tensor, `ValueError` for a value outside the domain.

        The values of tensors are trusted: they may be traced.
        """
        if self.option or _is_tensor(value):
            return
        if isinstance(value, bool) or not (isinstance(value, (int, float)) or _is_real_array(value)):
            raise TypeError(f"{owner}: {self.name} must be a number, an array or a tensor, got {value!r}")
        if self.domain == "real":
            return
        compare, bound = self.domain.split()
        inside = _COMPARE[compare](value, float(bound))
        if not (inside if isinstance(inside, bool) else inside.all()):
            raise ValueError(f"{owner}: {self.name} must be {self.domain}, got {value!r}")


class Activation:
    """An activation function: callable on arrays, with its derivative, its facts and its torch module.

    ``a(x, **params)``
        Value. ``x`` is a floating-point NumPy array, a torch tensor (autograd, ``vmap``, any device) or a Python
        number; shape, dtype and kind come back as they went in. 16-bit inputs are computed in float32 and rounded
        once. Functions with ``arity == "vector"`` work along ``axis``.
    ``a.derivative(x, **params)``
        Closed form of f′ with the same conventions on shape and dtype; at a kink the value named in `convention`.
        For vector functions the Jacobian, of shape (…, outputs, inputs), with ``axis`` moved to the end.
    ``a.module(**params)``
        A ``torch.nn.Module``, see `actfns.module.ActivationModule`.

    Facts: ``id, name, name_ko, family, aliases, formula, derivative_formula`` (LaTeX), ``params`` (name →
    `Parameter`), ``citation`` (`actfns.citations.Citation`), ``year``, ``arity``, ``convention``, ``native`` (name of
    the kernel in ``torch.nn.functional``, or None), ``facts`` (`actfns.facts.Facts`: names in frameworks, traps, users;
    from ``facts.toml``, or given to the decorator as a table of the same keys), ``summary`` (first words of the
    docstring).

    Raises `TypeError` for an input that is not floating-point or a parameter that does not exist, `ValueError` for
    a parameter outside its domain or an input whose axis does not fit.

    >>> from actfns import leaky_relu
    >>> leaky_relu(-2.0, negative_slope=0.1)
    -0.2
    """

    def __init__(self, function, *, formula, derivative_formula, family, name, name_ko, cite=None, aliases=(),
                 params=(), require=None, arity="pointwise", convention="",
                 own_limits=False, native=None, native_arguments=None, native_options=None, facts=None):
        self.id = function.__name__
        self.name, self.name_ko, self.family, self.aliases = name, name_ko, family, tuple(aliases)
        self.formula, self.derivative_formula, self.convention = formula, derivative_formula, convention
        self.params, self.arity = {parameter.name: parameter for parameter in params}, arity
        self.own_limits = own_limits  # the slope's formula is right at ±∞ (∞, or nan for no limit): nothing is clipped
        self.citation_key, self.native = cite, native
        self.native_arguments, self.native_options = native_arguments or {}, native_options or {}
        self._function, self._derivative, self._require = function, None, require
        self._facts = None if facts is None else known_facts.from_table(self.id, facts)
        self._check_signature()
        if cite is not None and cite not in bibliography():
            raise ValueError(f"{self.id}: cite={cite!r} is not in actfns/references.bib; add the entry there first")
        self.__name__, self.__module__, self.__wrapped__ = self.id, function.__module__, function
        self.__doc__ = _docstring(self, inspect.getdoc(function))

    def derivative_of(self, function):
        """Decorator that registers the closed form of the derivative (same arguments as the function)."""
        self._derivative = function
        return function

    @property
    def citation(self):
        """The publication the definition comes from, or None."""
        return bibliography().get(self.citation_key)

    @property
    def year(self):
        """Year of that publication, or None."""
        return self.citation and self.citation.year

    @cached_property
    def operations(self):
        """How many operations on arrays the formula takes, at least; few leave nothing to gain from going by blocks."""
        one = np.ones((1, 2)).view(_Counted)
        one.seen = seen = []
        drawn_so_far = np.random.get_state()
        self._function(one, **self.defaults)
        np.random.set_state(drawn_so_far)  # what it drew is nobody's sample
        return len(seen)

    @property
    def facts(self):
        """What is known of it beyond the formula."""
        return known_facts.of(self.id) if self._facts is None else self._facts

    @property
    def summary(self):
        """The first paragraph of its docstring on one line."""
        return " ".join((inspect.getdoc(self._function) or "").split("\n\n")[0].split())

    @property
    def defaults(self):
        """Parameter name → default value."""
        return {name: parameter.default for name, parameter in self.params.items()}

    def __call__(self, x, **params):
        return self._evaluate(self._function, x, params)

    def derivative(self, x, **params):
        """Closed form of the derivative at ``x``; see the class docstring."""
        if self._derivative is None:
            raise TypeError(f"{self.id} has no derivative yet: write it below with @{self.id}.derivative_of")
        return self._evaluate(self._slope, x, params)

    def module(self, *, channels=None, channel_axis=1, learnable=None, shared=None, native=True, **params):
        """The function as a ``torch.nn.Module``; arguments as in `actfns.module.ActivationModule`.

        >>> from actfns import prelu
        >>> prelu.module(channels=3).a.shape
        torch.Size([3])
        """
        from actfns.module import module_class

        make = module_class(self)
        return make(params, channels=channels, channel_axis=channel_axis, learnable=learnable, shared=shared,
                    native=native)

    def checked(self, params):
        """All parameters, defaults filled in; raises if one is unknown or outside its domain."""
        for name in params:
            if name not in self.params:
                known = ", ".join(self.params) or "none"
                raise TypeError(f"{self.id} has no parameter {name!r}; it has: {known}")
        values = self.defaults | params
        for name, value in params.items():
            self.params[name].check(value, self.id)
        if params and self._require and not any(_is_tensor(value) for value in values.values()):
            text, holds = self._require
            inside = holds(**values)
            if not (inside if isinstance(inside, bool) else inside.all()):
                given = ", ".join(f"{name}={value!r}" for name, value in values.items())
                raise ValueError(f"{self.id} needs {text}, got {given}")
        return values

    def _evaluate(self, function, x, params):
        params = self.checked(params)
        if self.arity != "pointwise":
            self._check_axis(x, params["axis"])
        return _evaluate(function, x, params, self)

    def _check_axis(self, x, axis):
        shape = tuple(getattr(x, "shape", ()))
        if not -len(shape) <= axis < len(shape) or shape[axis] == 0:
            raise ValueError(f"{self.id} works along axis {axis}; a shape of {shape} has none there, or an empty one")

    def _slope(self, x, **params):
        if self.arity != "pointwise":
            return self._derivative(x, **params)
        from actfns import ops

        slope = self._derivative(x if self.own_limits else ops.finite(x), **params)
        return ops.where(ops.isnan(x), x, slope)  # piecewise constant slopes would forget a nan

    def _check_signature(self):
        signature = inspect.signature(self._function).parameters
        names = {name: p.default for name, p in signature.items() if name != "x"}
        if names != self.defaults:
            raise TypeError(f"{self.id}: the signature {names} and the declared parameters {self.defaults} differ")

    def __reduce__(self):
        return _from_catalog, (self.id,)

    def __repr__(self):
        arguments = ", ".join(["x", *(f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value!r}"
                                      for name, value in self.defaults.items())])
        return f"<activation {self.id}({arguments})>"


def activation(**facts):
    """Decorator: turn a formula into an `Activation` and enter it in the catalogue under the function's name.

    Facts are the keyword arguments of `Activation`. The formula receives a floating-point array or tensor ``x`` and
    its parameters, and uses the functions of `actfns.ops`.

    >>> from actfns import activation, catalog, ops
    >>> @activation(family="softplus", name="Half", name_ko="절반", formula=r"f(x)=\\tfrac{x}{2}",
    ...             derivative_formula=r"f'(x)=\\tfrac12", cite="barron2021")
    ... def half(x):
    ...     return x / 2
    >>> catalog["half"](3.0), catalog.remove("half")
    (1.5, None)
    """

    def register(function):
        made = Activation(function, **facts)
        catalog.add(made)
        return made

    return register


class UnknownFunction(KeyError):
    """`KeyError` whose message can be read."""

    def __str__(self):
        return self.args[0]


class Catalog(Mapping):
    """All activation functions: id or alias → `Activation`, whatever the case, with "-", "_" or blanks.

    Iterates over ids in the order of the families; an unknown name raises `KeyError` with the nearest names.

    >>> from actfns import catalog
    >>> catalog["SiLU"] is catalog["silu"]
    True
    """

    def __init__(self):
        self.ids, self._names = {}, {}

    def add(self, made):
        """Enter a function; its id and aliases must be free."""
        for name in {_normalise(name) for name in (made.id, *made.aliases)}:
            if self._names.get(name, made.id) != made.id:
                raise ValueError(f"the name {name!r} of {made.id} already belongs to {self._names[name]}")
            self._names[name] = made.id
        self.ids[made.id] = made

    def remove(self, id):
        """Take a function out again, with its aliases."""
        del self.ids[id]
        self._names = {name: owner for name, owner in self._names.items() if owner != id}

    def __getitem__(self, name):
        try:
            return self.ids[self._names[_normalise(name)]]
        except KeyError:
            raise UnknownFunction(self._advice(name)) from None

    def _advice(self, name):
        near = get_close_matches(_normalise(name), self._names, n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(repr(n) for n in near)}?" if near else "list(actfns.catalog) has all names"
        return f"no activation function is called {name!r}; {hint}"

    def __iter__(self):
        return iter(self.ids)

    def __len__(self):
        return len(self.ids)

    def __repr__(self):
        return f"<catalogue of {len(self)} activation functions: {', '.join(self)}>"


catalog = Catalog()


def _from_catalog(id):
    """What a pickled function becomes: the one of that name (a function of your own must be defined there too)."""
    return catalog[id]


def _normalise(name):
    return re.sub(r"[\s\-_]+", "_", str(name).strip().lower())


def _is_tensor(x):
    """Whether ``x`` quacks like a torch tensor (torch need not be imported to ask)."""
    return not isinstance(x, (int, float, np.ndarray)) and hasattr(x, "is_floating_point")


def _is_real_array(x):
    return isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fiu"


def _evaluate(function, x, params, owner):
    if _is_tensor(x):
        return _on_tensor(function, x, params, owner)
    if isinstance(x, (int, float)) and not isinstance(x, (bool, np.generic)):
        return _as_python(_on_array(function, np.float64(x), params, owner))
    if isinstance(x, (np.ndarray, np.generic)):
        return _on_array(function, x, params, owner)
    raise TypeError(f"{owner.id} takes a floating-point NumPy array, a torch tensor or a number, got "
                    f"{type(x).__name__}; for a list, pass numpy.asarray(list, dtype=float)")


def _on_tensor(function, x, params, owner):
    if not x.is_floating_point():
        raise TypeError(f"{owner.id} takes a real floating-point tensor, got {x.dtype}; pass x.float()")
    wide = x.float() if x.dtype.itemsize < 4 else x
    params = {name: value.to(wide.dtype) if _is_tensor(value) and value.is_floating_point() else value
              for name, value in params.items()}
    return function(wide, **params).to(x.dtype)


def _on_array(function, x, params, owner):
    if x.dtype.kind != "f" or x.dtype.itemsize > 8:
        raise TypeError(f"{owner.id} takes an array of float16, float32 or float64, got {x.dtype}; "
                        "pass x.astype(float)")
    wide = np.asarray(x, dtype=np.promote_types(x.dtype, np.float32))
    params = {name: np.asarray(value, dtype=wide.dtype) if isinstance(value, (np.ndarray, np.generic)) else value
              for name, value in params.items()}
    with np.errstate(all="ignore"):  # overflow in a branch that is not taken, or in a true infinity
        result = _in_blocks(function, wide, params, owner).astype(x.dtype, copy=False)
    if not isinstance(x, np.ndarray):
        return result[()]
    return result.copy() if np.may_share_memory(result, x) else result


def _in_blocks(function, x, params, owner):
    """f(x), large arrays a block at a time: intermediate results stay in the cache, and memory is what costs."""
    pointwise = owner.arity == "pointwise"
    if (x.size <= _BLOCK or not x.flags.c_contiguous or pointwise and owner.operations <= 3
            or any(isinstance(value, np.ndarray) and value.size > 1 for value in params.values())
            or not (pointwise or params["axis"] in (-1, x.ndim - 1))):
        return np.asarray(function(x, **params))
    flat = x.reshape(-1) if pointwise else x.reshape(-1, x.shape[-1])
    step = _BLOCK if pointwise else max(1, _BLOCK // x.shape[-1])
    first = np.asarray(function(flat[:step], **params))
    result = np.empty((len(flat), *first.shape[1:]), x.dtype)
    result[:step] = first
    for start in range(step, len(flat), step):
        part = slice(start, start + step)
        result[part] = function(flat[part], **params)
    return result.reshape(x.shape if pointwise else (*x.shape[:-1], *first.shape[1:]))


class _Counted(np.ndarray):
    """An array that notes down every operation on it and on what is made of it."""

    def __array_finalize__(self, source):
        self.seen = getattr(source, "seen", None)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method == "__call__":
            self.seen.append(ufunc)
        plain, _ = (np.asarray(value) for value in inputs), options.pop("out", None)
        made = np.asarray(getattr(ufunc, method)(*plain, **options)).view(_Counted)
        made.seen = self.seen
        return made


def _as_python(result):
    return result.tolist()


def _learning(parameter):
    return ", learnable in a module" + ", one per layer" * parameter.shared if parameter.learnable else ""


def _docstring(a, summary):
    lines = [summary or a.name, "", "Formula (LaTeX)::", "", f"    {a.formula}", f"    {a.derivative_formula}", ""]
    if a.params:
        lines += ["Parameters:", *(f"    {p.name}: default {p.default!r}" + ("" if p.option else f", {p.domain}")
                                   + _learning(p) for p in a.params.values()), ""]
    if a.convention:
        lines += [f"Convention: {a.convention}", ""]
    source = f"{a.citation_key} in references.bib" if a.citation_key else "not published"
    lines += [f"Source: {source}. Shapes, dtypes and errors as in `Activation`."]
    return "\n".join(lines)
