"""The function families, one file each; importing this package fills `actfns.catalog`, in this order."""

from importlib import import_module

for family in ("sigmoid", "tanh", "relu", "elu", "softplus", "shrink", "gated", "gates", "periodic", "learned", "norms",
               "multi", "glu"):
    import_module(f"actfns.families.{family}")
