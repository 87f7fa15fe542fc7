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
        stack.enter_context(_unchanged(model))
        stack.enter_context(_quiet(model, device))
        fake = stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True)) if device == "fake" else None
        own = next((p.device for p in model.parameters()), torch.device("cpu"))
        inputs, keywords = tree_map(lambda value: _tensor(value, device, fake, own), (inputs, keywords))
        places = stack.enter_context(Places(model))
        recorder = Recorder(places, [*_leaves(model), *((t, GIVEN) for t in _tensors((inputs, keywords)))])
        with recorder:
            result = model(*inputs, **keywords)
        outputs = [recorder.node(tensor) for tensor in _results(result)]
    unknown = list(recorder.unknown) if device == "real" else []  # without numbers none can have left torch
    return Run(recorder.nodes, outputs, places.entered, recorder.foreign, recorder.decided, unknown, device)


@contextmanager
def _quiet(model, device):
    """No gradients, evaluation mode, compiled parts run as they were written, no fused kernels without numbers."""
    training = {module: module.training for module in model.modules()}
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
def _unchanged(model):
    """Put back the attributes of all modules and the numbers in their buffers."""
    modules = [module for module in model.modules() if not isinstance(module, torch.jit.ScriptModule)]
    attributes = [(module, {name: type(value)(value) if type(value) in _DICTS else value
                            for name, value in vars(module).items()}) for module in modules]
    buffers = [(buffer, buffer._version, buffer.clone()) for buffer in model.buffers() if not buffer.is_meta]
    try:
        yield
    finally:
        for module, kept in attributes:
            _put_back(vars(module), kept)
        with torch.no_grad():
            for buffer, version, value in buffers:
                if buffer._version != version:
                    buffer.copy_(value)


def _put_back(now, kept):
    for name in set(now) - set(kept):
        del now[name]
    for name, value in kept.items():
        if type(value) in _DICTS and type(now.get(name)) is type(value):
            now[name].clear()
            now[name].update(value)
        else:
            now[name] = value


_DICTS = (dict, OrderedDict)  # where modules keep their parts


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
