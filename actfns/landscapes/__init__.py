"""Loss landscapes: slices of the loss along directions, and numbers for what the pictures suggest.

An `objective` is the mean loss of a network over data as a pure function of a dictionary of parameters; of a `lab`
run, all its seeds are one batched program. `directions` draws where to go, `line`, `surface` and `interpolate` go
there, `trajectory` finds the directions training took. `eigenvalues`, `trace`, `sam` and `profile` measure sharpness,
`sharpness` puts them side by side, and `rescale` shows which of them mean anything for a ReLU network.
`random_outputs` is about another landscape: the output of an untrained network over its inputs.

>>> import torch
>>> from actfns import lab, landscapes
>>> loss = landscapes.objective(lab.train("circles", (16,), "relu", range(8), epochs=5), "test")
>>> pairs = landscapes.directions(loss, torch.Generator().manual_seed(0), pairs=2)
>>> landscapes.surface(loss, pairs, [-1, -0.5, 0, 0.5, 1]).loss.shape
(8, 2, 5, 5)

Needs torch and scikit-learn, as `actfns.lab` does.
"""

from actfns.landscapes.curvature import Eigenvalues, Trace, eigenvalues, gradient, hessian_product, trace
from actfns.landscapes.directions import cosines, directions
from actfns.landscapes.objective import Objective, objective
from actfns.landscapes.outputs import Outputs, random_outputs
from actfns.landscapes.rescaling import rescale
from actfns.landscapes.sharpness import Profile, Sharpness, profile, sam, sharpness
from actfns.landscapes.surfaces import Slice, interpolate, line, surface
from actfns.landscapes.trajectories import Trajectory, trajectory

__all__ = [
    "Eigenvalues", "Objective", "Outputs", "Profile", "Sharpness", "Slice", "Trace", "Trajectory", "cosines",
    "directions", "eigenvalues", "gradient", "hessian_product", "interpolate", "line", "objective", "profile",
    "random_outputs", "rescale", "sam", "sharpness", "surface", "trace", "trajectory",
]
