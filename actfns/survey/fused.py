"""Activation functions inside kernels that compute more than them: what runs there, by the kernel's definition."""

from dataclasses import dataclass

import torch

from actfns.survey import operations


@dataclass(frozen=True)
class Inner:
    """One function inside a kernel: how torch spells it, its catalogue id, role, executions and elements."""

    operation: str
    function: str
    role: str | None
    calls: int
    elements: int


def inside(node):
    """The `Inner` functions of a node's kernel; an empty list for kernels that compute none."""
    name = node.name
    if "scaled_dot_product" in name or name in _ATTENTIONS:
        return [Inner("softmax", "softmax", "attention", 1, _scores(node))]
    for known, function in _KERNELS.items():
        if name == known:
            return function(node)
    return _pointwise(node)


_ATTENTIONS = {"flash_attention_forward", "efficient_attention_forward", "flex_attention",
               "native_multi_head_attention", "triton_multi_head_attention", "triton_scaled_dot_attention",
               "cudnn_attention_forward"}


def _scores(node):
    """Number of attention scores: batch × heads × queries × keys, as far as the arguments show."""
    query, key = (each.shape for each in node.sources[:2])
    if node.name == "native_multi_head_attention":
        given = operations.arguments(node.func, node.args, node.kwargs)
        return query[0] * given["num_head"] * query[1] * key[1]
    return torch.Size(query[:-1]).numel() * key[-2] if len(query) > 2 else 0


def _encoder_layer(node):
    given = operations.arguments(node.func, node.args, node.kwargs)
    (batch, length, _), width = node.sources[0].shape, given["ffn_weight_1"].shape[0]
    name = "gelu[none]" if given["use_gelu"] else "relu"
    return [Inner("softmax", "softmax", "attention", 1, batch * given["num_heads"] * length**2),
            Inner(name, name.split("[")[0], "hidden", 1, batch * length * width)]


def _addmm_activation(node):
    gelu = operations.arguments(node.func, node.args, node.kwargs)["use_gelu"]
    name = "gelu[tanh]" if gelu else "relu"
    return [Inner(name, "gelu_tanh" if gelu else "relu", None, 1, node.numel)]


def _recurrent(mode, steps, elements):
    gates, hidden = {"lstm": (3, 2), "gru": (2, 1)}.get(mode, (0, 1))
    found = [Inner("sigmoid", "sigmoid", "gate", gates * steps, gates * elements)] if gates else []
    name = "relu" if mode == "rnn_relu" else "tanh"
    return [*found, Inner(name, name, "hidden", hidden * steps, hidden * elements)]


def _cell(node):
    mode = "lstm" if "lstm" in node.name else "gru"
    return _recurrent(mode, 1, node.numel)


def _onednn_layer(node):
    given = operations.arguments(node.func, node.args, node.kwargs)
    mode = {0: "rnn_relu", 1: "rnn_tanh", 2: "lstm", 3: "gru"}.get(given["mode"], "lstm")
    steps = node.sources[0].shape[1 if given.get("batch_first") else 0]
    return _recurrent(mode, steps, node.numel)


def _library_rnn(node):
    given = operations.arguments(node.func, node.args, node.kwargs)
    mode = {0: "rnn_relu", 1: "rnn_tanh", 2: "lstm", 3: "gru"}[given["mode"]]
    length = node.sources[0].shape[1 if given["batch_first"] else 0]
    layers = given["num_layers"] * (2 if given["bidirectional"] else 1)
    batch = node.sources[0].numel // max(length * node.sources[0].shape[-1], 1)
    return _recurrent(mode, length * layers, length * layers * batch * given["hidden_size"])


_KERNELS = {"transformer_encoder_layer_fwd": _encoder_layer, "addmm_activation": _addmm_activation,
            "thnn_fused_lstm_cell": _cell, "thnn_fused_gru_cell": _cell, "mkldnn_rnn_layer": _onednn_layer,
            "cudnn_rnn": _library_rnn, "miopen_rnn": _library_rnn}


def _pointwise(node):
    """A function appended to a convolution or a product: named in an argument (oneDNN) or in the kernel's name."""
    named = [arg for arg in node.args if isinstance(arg, str) and arg in operations.ACTIVATIONS | {"swish"}]
    if not named and operations.name(node.func) not in operations.ACTIVATIONS:
        last = node.name.rsplit("_", 1)[-1]
        named = [last] if last in ("relu", "tanh", "gelu", "silu", "sigmoid") and "_" in node.name else []
    if node.name.endswith("backward") or not named:
        return []
    function = {"hardswish": "hard_swish", "hardsigmoid": "hard_sigmoid", "swish": "silu"}.get(named[0], named[0])
    return [Inner(named[0], function, None, 1, node.numel)]
