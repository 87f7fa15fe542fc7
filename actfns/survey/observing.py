"""``observe``: which activation functions does this model execute?"""

import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException

from actfns.survey.findings import findings
from actfns.survey.fused import inside
from actfns.survey.graph import SIGNAL
from actfns.survey.observation import observation
from actfns.survey.roles import set_roles
from actfns.survey.running import run
from actfns.survey.unexplained import unexplained


def observe(model, *inputs, device=None, **keywords):
    """Run ``model(*inputs, **keywords)`` once and say which activation functions it executed: an `Observation`.

    Args:
        model: any ``torch.nn.Module``; it is unchanged afterwards.
        inputs, keywords: tensors, or shapes as tuples of whole numbers, (2, 3, 224, 224), for float tensors; anything
            else goes to the model as it is.
        device: "meta" or "fake" computes shapes only, without memory, "real" computes with numbers on the model's own
            device. By default shapes only, and with numbers if the model's course depends on them.

    Everything that reaches torch's dispatcher is seen: functional, in-place and fused forms, what scripted modules and
    attention kernels execute, compiled modules (run as they were written). Functions composed of several operations
    are recognised by their values. What else is not linear number by number, or takes the largest of several numbers,
    is named in ``cannot_see``; pooling kernels and normalisations are not looked for. The model runs in evaluation
    mode without gradients.

    Raises `TypeError` for what is not a module, `ValueError` for an unknown device or a model whose course depends on
    numbers that are not there; errors of the model itself pass through.

    >>> import torch
    >>> from actfns.survey import observe
    >>> class Block(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.up, self.gate, self.never = torch.nn.Linear(8, 32), torch.nn.Linear(8, 32), torch.nn.ReLU()
    ...     def forward(self, x):
    ...         return torch.nn.functional.silu(self.gate(x)) * self.up(x)
    >>> print(observe(Block(), (4, 8)))
    function  operation  role  calls  elements  modules
    silu      silu       gate      1       128        1
    never called: never
    """
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"need a torch.nn.Module, got {type(model).__name__}")
    if device not in (None, "meta", "fake", "real"):
        raise ValueError(f'device is None, "meta", "fake" or "real", not {device!r}')
    if any(isinstance(p, torch.nn.parameter.UninitializedTensorMixin) for p in (*model.parameters(), *model.buffers())):
        raise ValueError("this model has lazy layers without sizes: run it once before it is observed")
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    inputs = [_given(each, dtype) for each in inputs]
    keywords = {name: _given(each, dtype) for name, each in keywords.items()}
    done = _run(model, inputs, keywords, device)
    found = findings(done.nodes)
    set_roles(found, done.outputs)
    return observation(found, never_called=_never_called(model, done), cannot_see=_cannot_see(model, done, found),
                       device=done.device, parameters=sum(p.numel() for p in model.parameters()))


def _given(value, dtype):
    """A tensor for a shape, of the model's own precision."""
    shape = isinstance(value, tuple) and value and all(type(size) is int for size in value)
    return torch.empty(value, device="meta", dtype=dtype) if shape else value


def _run(model, inputs, keywords, device):
    absent = any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    if device is None:
        try:
            return run(model, inputs, keywords, "meta" if absent else "fake")
        except _NEEDS_NUMBERS as error:
            if absent and _about_numbers(error):
                raise ValueError(f"this model's course depends on numbers, which the meta device has not: "
                                 f"{str(error).splitlines()[0]}; build it on a real device") from error
            if absent:
                raise
    numbers = device in (None, "real")
    if numbers and absent:
        raise ValueError("this model has no numbers: it was built on the meta device")
    if numbers:
        inputs, keywords = [_filled(each) for each in inputs], {n: _filled(each) for n, each in keywords.items()}
    return run(model, inputs, keywords, device or "real")


_NEEDS_NUMBERS = (RuntimeError, NotImplementedError, TypeError, ValueError, DataDependentOutputException,
                  DynamicOutputShapeException)


def _about_numbers(error):
    text = str(error)
    return any(word in text for word in ("meta tensor", "Meta", "data-dependent", "Tensor.item", "aten::nonzero"))


def _filled(value):
    """Numbers for a shape: a standard normal sample, the same every time."""
    if not isinstance(value, torch.Tensor) or not value.is_meta:
        return value
    if not value.is_floating_point():
        return torch.zeros(value.shape, dtype=value.dtype)
    return torch.randn(value.shape, generator=torch.Generator().manual_seed(0)).to(value.dtype)


def _never_called(model, done):
    """Names of activation modules that did not run; those inside scripted modules cannot be told."""
    hidden = [f"{name}." if name else "" for name, module in model.named_modules()
              if isinstance(module, torch.jit.ScriptModule)]
    return [name for name, module in model.named_modules()
            if type(module).__module__ == "torch.nn.modules.activation" and name not in done.entered
            and not any(name.startswith(each) for each in hidden) and not _inside_called(name, done)]


def _inside_called(name, done):
    """Whether the module's owner is a fused attention layer that ran without calling its parts."""
    owner = name.rpartition(".")[0]
    return any(node.path == owner and node.name == "transformer_encoder_layer_fwd" for node in done.nodes)


def _cannot_see(model, done, findings):
    found = [f"{path or 'the model'}: {count} × {name} is a custom kernel, and what it computes is unknown"
             for (path, name), count in done.foreign.items() if not _understood(name, done)]
    found += [f"{path or 'the model'}: a number decides what runs there; only the branch that was taken is seen"
              for path in done.decided]
    found += [f"{path or 'the model'}: values are overwritten where a comparison says so; what function that makes is "
              f"unknown" for path in _overwritten(done)]
    found += [f"{path or 'the model'}: {', '.join(names)} may work as an activation function that is not known here"
              for path, names in unexplained(done, findings).items()]
    scripted = [name for name, module in model.named_modules() if isinstance(module, torch.jit.ScriptModule)]
    found += [f"{name or 'the model'}: scripted; its operations are seen, the names of its inner modules are not"
              for name in scripted if not any(_within(name, other) for other in scripted)]
    return found + [f"{path or 'the model'}: a tensor enters that no operation here made (by NumPy, or before the run)"
                    for path in done.unknown]


def _overwritten(done):
    """Paths of ``x[x < 0] = 0``, which is no operation element by element."""
    return list(dict.fromkeys(node.path for node in done.nodes if node.name == "index_put" and node.floating and any(
        not each.floating and each.kind == SIGNAL and each.shape == node.shape for each in node.sources)))


def _within(name, other):
    return name != other and (not other or name.startswith(f"{other}."))


_HARMLESS = ("torchvision.nms", "torchvision.roi_align", "torchvision.deform_conv2d")


def _understood(name, done):
    return name.startswith(_HARMLESS) or any(str(node.func) == name and inside(node) for node in done.nodes)
