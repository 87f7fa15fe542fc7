"""actfns: neural-network activation functions, each written once, measured and explained.

>>> import actfns
>>> round(actfns.mish(1.0), 6)
0.865098
>>> actfns.catalog["swish"].derivative(0.0)
0.5
"""

from importlib import import_module

from actfns import families  # noqa: F401  (importing the families fills the catalogue)
from actfns.activation import Activation, Parameter, activation, catalog
from actfns.measure import measure

__version__ = "0.1.0"
__all__ = ["Activation", "Parameter", "activation", "catalog", "claims", "lab", "landscapes", "measure", "plots",
           "survey"]
_SUBPACKAGES = {"claims", "lab", "landscapes", "plots", "survey"}  # imported when first named


def __getattr__(name):
    if name in _SUBPACKAGES:
        return import_module(f"actfns.{name}")
    if name in catalog.ids:
        return catalog[name]
    raise AttributeError(f"module 'actfns' has no attribute {name!r}; the functions are {', '.join(catalog)}")


def __dir__():
    return sorted({*globals(), *_SUBPACKAGES, *catalog})
