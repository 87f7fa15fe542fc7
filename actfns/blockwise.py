"""Functions for which torch has no kernel, evaluated a block of a large tensor at a time.

A formula of ten operations on a tensor that does not fit the processor's cache reads and writes the main memory ten
times, and autograd keeps ten tensors for the way back. In blocks the intermediate results stay in the cache, and only
the input is kept: the way back evaluates the formula again. Values are those of the formula itself.
"""

import torch
from torch.autograd import forward_ad

LARGE, _BLOCK = 2**18, 2**16  # numbers; below, whole tensors are as fast
_FEW, _MANY = 4, 5  # operations of a formula that go fast enough anyway; times as many in a slope: autograd is faster


def worth_while(activation, x, values):
    """Whether to go by blocks: a large tensor on a CPU, nothing spread over channels, no transformation at work.

    A parameter that is None is drawn anew in each evaluation, so the way back could not repeat it.
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or x.numel() < LARGE or None in values.values():
        return False
    if type(x) is not torch.Tensor or x.device.type != "cpu" or not x.is_contiguous():
        return False
    if torch._C._functorch.is_functorch_wrapped_tensor(x) or forward_ad.unpack_dual(x).tangent is not None:
        return False
    if any(value.ndim for value in values.values() if isinstance(value, torch.Tensor)):
        return False
    return activation.operations > _FEW and (activation.arity == "pointwise" or values["axis"] in (-1, x.ndim - 1))


def evaluate(activation, x, values):
    """The function of ``x`` with the parameters ``values``, by blocks; differentiable as often as the formula is."""
    return _Blockwise.apply(x, activation, tuple(values), *values.values())


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, activation, names, *values):
        ctx.activation, ctx.names = activation, names
        ctx.others = [None if isinstance(value, torch.Tensor) else value for value in values]
        ctx.save_for_backward(x, *(value for value in values if isinstance(value, torch.Tensor)))
        with torch.no_grad():
            parts = [activation(part, **dict(zip(names, values))) for part in _parts(activation, x)]
            if activation.arity == "pointwise":
                return torch.cat(parts).view(x.shape)
            return torch.cat(parts).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, slope):
        x, *learned = ctx.saved_tensors
        needed = [need for need, value in zip(ctx.needs_input_grad[3:], ctx.others) if value is None]
        if torch.is_grad_enabled():  # the gradient is to be differentiated again
            wanted = [x] * ctx.needs_input_grad[0] + [value for value, need in zip(learned, needed) if need]
            value = _formula(ctx, x, learned)
            found = iter(torch.autograd.grad(value, wanted, slope, create_graph=True, materialize_grads=True)
                         if value.requires_grad else map(torch.zeros_like, wanted))  # a step function has no graph
        else:
            found = iter(_by_blocks(ctx, x, learned, needed, slope.contiguous()))
        return tuple(next(found) if need else None for need in ctx.needs_input_grad)


def _by_blocks(ctx, x, learned, needed, slope):
    """Gradients of what needs one: the input, if it does, and then the parameters."""
    activation, sums, rows = ctx.activation, [torch.zeros_like(value) for value in learned], []
    closed_form = activation.slope_operations <= _MANY * activation.operations
    if activation.arity == "pointwise" and closed_form and not any(needed):
        fixed = dict(zip(ctx.names, _filled(ctx.others, learned)))
        rows = [part * activation.derivative(z, **fixed)
                for z, part in zip(_parts(activation, x), slope.view(-1).split(_BLOCK))]
        return [torch.cat(rows).view(x.shape)]
    size = _rows(activation, x)
    width = 1 if activation.arity == "pointwise" else slope.shape[-1]
    for z, part in zip(_parts(activation, x), slope.view(-1).split(size * width)):
        z, values = z.detach().requires_grad_(), [value.detach().requires_grad_() for value in learned]
        with torch.enable_grad():
            y = _formula(ctx, z, values)
        row, *more = torch.autograd.grad(y, [z, *values], part.view(y.shape), materialize_grads=True)
        rows.append(row)
        sums = [total + one for total, one in zip(sums, more)]
    whole = [torch.cat(rows).view(x.shape)] * ctx.needs_input_grad[0]
    return whole + [total for total, need in zip(sums, needed) if need]


def _formula(ctx, x, learned):
    return ctx.activation(x, **dict(zip(ctx.names, _filled(ctx.others, learned))))


def _filled(others, learned):
    learned = iter(learned)
    return [next(learned) if value is None else value for value in others]


def _rows(activation, x):
    return _BLOCK if activation.arity == "pointwise" else max(1, _BLOCK // x.shape[-1])


def _parts(activation, x):
    """The numbers of ``x``, or its vectors, in blocks."""
    flat = x.view(-1) if activation.arity == "pointwise" else x.view(-1, x.shape[-1])
    return flat.split(_rows(activation, x))
