"""Running somebody's model once and leaving it as it was."""

import warnings
from collections import OrderedDict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_leaves, tree_map

from actfns.survey.graph import CONSTANT, GIVEN, LEARNT, Recorder
from actfns.survey.places import Places


@dataclass
class Run:
    """What one run left: ``nodes`` of the graph, ``outputs`` among them, and what the recorder could not follow."""

    nodes: list
    outputs: list
    entered: set
    foreign: dict
    decided: dict
    unknown: list
    device: str


def run(model, inputs, keywords, device):
    """Execute ``model(*inputs, **keywords)`` once, recorded; ``device`` is "meta", "fake" or "real".

    The model is in evaluation mode while it runs. Buffers, attributes, training flags and random state are put back.
    """
    with ExitStack() as stack:
        stack.enter_context(_unchanged(model, device))
        stack.enter_context(_quiet(model, device))
        fake = stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True)) if device == "fake" else None
        own = next((p.device for p in model.parameters()), torch.device("cpu"))
        inputs, keywords = tree_map(lambda value: _tensor(value, device, fake, own), (inputs, keywords))
        places = stack.enter_context(Places(model))
        recorder = Recorder(places, [*_leaves(model), *((t, GIVEN) for t in _tensors((inputs, keywords)))])
        with recorder, _python_functions(recorder, device):
            result = model(*inputs, **keywords)
        outputs = [recorder.node(tensor) for tensor in _results(result)]
    unknown = [path for path, found in recorder.unknown.items() if (device == "real") in found]  # else a mere constant
    return Run(recorder.nodes, outputs, places.entered, recorder.foreign, recorder.decided, unknown, device)


@contextmanager
def _quiet(model, device):
    """No gradients, evaluation mode, compiled parts run as they were written, no fused kernels without numbers."""
    training = {module: module.training for module in model.modules() if hasattr(module, "training")}  # frozen: none
    fused, started = torch.backends.mha.get_fastpath_enabled(), torch.compiler.set_stance("force_eager")
    try:
        with torch.no_grad(), started, torch.random.fork_rng(_devices(model)), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using `torch.compile", UserWarning)  # of the hooks of Places
            for module in training:
                module.training = False
            torch.backends.mha.set_fastpath_enabled(fused and device == "real")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        for module, mode in training.items():
            module.training = mode


@contextmanager
def _python_functions(recorder, device):
    """``apply_`` and ``map_`` call Python past the dispatcher: it is noted, and refused where there are no numbers."""
    def wrapped(name, method):
        def noted(*args):
            if device != "real":
                raise NotImplementedError(f"Tensor.{name} needs numbers")
            recorder.unknown.setdefault(recorder.places.path, set()).add(True)
            return method(*args)
        return noted

    kept = {name: getattr(torch.Tensor, name) for name in ("apply_", "map_", "map2_")}
    try:
        for name, method in kept.items():
            setattr(torch.Tensor, name, wrapped(name, method))
        yield
    finally:
        for name, method in kept.items():
            setattr(torch.Tensor, name, method)


@contextmanager
def _unchanged(model, device):
    """Put back the attributes of all modules and the numbers in their buffers and parameters."""
    modules = [module for module in model.modules() if not isinstance(module, torch.jit.ScriptModule)]
    attributes = [(module, {name: type(value)(value) if type(value) in _HOLDERS else value
                            for name, value in vars(module).items()}) for module in modules]
    numbers = [*model.buffers(), *(model.parameters() if device == "real" else ())]
    kept = [(tensor, tensor._version, tensor.detach().clone()) for tensor in numbers if not tensor.is_meta]
    try:
        yield
    finally:
        for module, before in attributes:
            _put_back(vars(module), before)
        with torch.no_grad():
            for tensor, version, value in kept:
                if tensor._version != version:
                    tensor.copy_(value)


def _put_back(now, kept):
    for name in set(now) - set(kept):
        del now[name]
    for name, value in kept.items():
        if type(value) in _HOLDERS and type(now.get(name)) is type(value):
            now[name].clear()
            (now[name].extend if type(value) is list else now[name].update)(value)
        else:
            now[name] = value


_HOLDERS = (dict, OrderedDict, list, set)  # where modules keep their parts, and models what they remember


def _tensor(value, device, fake, own):
    """The tensor as this run needs it: without numbers, or a copy, so that in-place models leave the original."""
    if not isinstance(value, torch.Tensor):
        return value
    if device == "meta":
        return value.to("meta")
    if fake:
        return torch.empty(value.shape, dtype=value.dtype, device=own) if value.is_meta else fake.from_tensor(value)
    return value.detach().clone()


def _leaves(model):
    """All tensors that the model holds, with what they are."""
    known = [(parameter, LEARNT) for parameter in model.parameters()] + [(b, CONSTANT) for b in model.buffers()]
    return known + [(value, CONSTANT) for module in model.modules()
                    if not isinstance(module, torch.jit.ScriptModule)
                    for value in vars(module).values() if type(value) is torch.Tensor]


def _tensors(tree):
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _results(result):
    """The tensors in whatever a model returned."""
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    elif not isinstance(result, list | tuple):
        result = list(getattr(result, "__dict__", {}).values())
    return [tensor for each in result for tensor in _results(each)]


def _devices(model):
    return list({p.device for p in model.parameters() if p.is_cuda})
