"""Which of torch's operations are activation functions, and how they are spelled.

Names are those of torch's operators without the underscores that mark in-place forms and inner kernels. Arguments that
make another function of it stand in brackets: ``gelu[tanh]``, ``hardtanh[0,6]``, ``leaky_relu[0.1]``, ``pow[2]``.
"""

from numbers import Number

PUBLIC = {"prelu_kernel": "prelu", "log_sigmoid_forward": "logsigmoid", "rrelu_with_noise": "rrelu",
          "safe_softmax": "softmax", "masked_softmax": "softmax", "sparse_softmax": "softmax",
          "special_expit": "sigmoid", "sparse_log_softmax": "log_softmax", "square": "pow", "clip": "clamp"}

ACTIVATIONS = {"relu", "relu6", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "hardtanh", "elu", "celu", "selu",
               "leaky_relu", "prelu", "rrelu", "softplus", "logsigmoid", "sigmoid", "tanh", "threshold", "hardshrink",
               "softshrink"}
WHOLE_ROWS = {"softmax": "softmax", "log_softmax": "log_softmax", "glu": "glu"}  # not elementwise → catalogue id
ELEMENTARY = {"erf", "erfc", "exp", "exp2", "expm1", "sin", "cos", "atan", "arctan", "asinh", "sinh", "cosh"}
CLAMPS = {"clamp", "clamp_min", "clamp_max", "maximum", "minimum", "fmax", "fmin"}
SHAPING = {"pow", "abs", "log", "log1p", "log2", "sqrt", "rsqrt", "where", "sign", "sgn", "logaddexp", "heaviside",
           "copysign"}  # only parts of others

COMPARISONS = {"gt", "lt", "ge", "le", "eq", "ne", "logical_not", "logical_and", "logical_or", "bitwise_not",
               "bitwise_and", "bitwise_or"}
ARITHMETIC = COMPARISONS | {"add", "sub", "rsub", "mul", "div", "neg", "reciprocal", "addcmul", "addcdiv", "lerp",
                            "masked_fill", "zeros_like", "ones_like", "full_like"}
COPIES = {"to_copy", "clone", "detach", "alias", "lift_fresh", "contiguous", "copy", "dropout", "native_dropout"}
ELEMENTWISE = ACTIVATIONS | ELEMENTARY | CLAMPS | SHAPING | ARITHMETIC | (COPIES - {"copy", "native_dropout"})

MOVES = COPIES | {"view", "reshape", "unsafe_view", "permute", "transpose", "t", "expand", "unsqueeze", "squeeze",
                  "slice", "select", "split", "split_with_sizes", "chunk", "unbind", "getitem", "cat", "stack",
                  "gather", "topk", "sort", "index", "index_select", "repeat", "repeat_interleave", "masked_fill",
                  "where", "scatter", "scatter_add", "roll", "constant_pad_nd", "flatten", "as_strided", "neg",
                  "overwritten", "index_put", "flip"}
PRODUCTS = {"mm", "bmm", "addmm", "baddbmm", "addbmm", "mv", "dot", "grouped_mm", "linear"}
WEIGHTED = PRODUCTS | {"convolution", "convolution_overrideable", "mkldnn_convolution", "conv1d", "conv2d", "conv3d",
                       "embedding", "embedding_bag"}
FILLED = {"zeros": 0.0, "zeros_like": 0.0, "new_zeros": 0.0, "ones": 1.0, "ones_like": 1.0, "new_ones": 1.0}
FRESH = {"empty_like", "new_empty", "rand_like", "new_zeros"}  # of a shape, whatever the values: masks begin so
LARGEST = {"amax", "max", "logsumexp"}
REDUCTIONS = LARGEST | {"mean", "sum", "var", "std", "var_mean", "std_mean", "norm", "linalg_vector_norm", "cumsum",
                        "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d"}
NORMALISERS = {"rsqrt", "reciprocal", "sqrt", "linalg_vector_norm", "norm"}


def name(func):
    """What an operator is called: ``aten._softmax.default`` is "softmax", ``aten.relu_.default`` is "relu"."""
    packet = getattr(func, "overloadpacket", func)
    plain = getattr(packet, "__name__", str(packet)).strip("_")
    return PUBLIC.get(plain, plain)


def kernel(func):
    """The operator's own name where that is not the one of the function, else ""."""
    packet = getattr(func, "overloadpacket", func)
    own = getattr(packet, "__name__", str(packet))
    return own if own.startswith("_") and PUBLIC.get(own.strip("_")) else ""


def namespace(func):
    """The library an operator belongs to: "aten" for torch's own."""
    return getattr(func, "namespace", "")


def spelled(func, args, kwargs):
    """Name with the arguments that make another function of it.

    >>> import torch
    >>> from actfns.survey.operations import spelled
    >>> spelled(torch.ops.aten.hardtanh_.default, (None, 0.0, 6.0), {})
    'hardtanh[0,6]'
    """
    called = name(func)
    if not hasattr(func, "_schema"):
        return called
    given = arguments(func, args, kwargs)
    if called == "elu" and given.get("scale", 1) != 1:
        return "selu"
    chosen = {"gelu": ["approximate"], "hardtanh": ["min_val", "max_val"], "leaky_relu": ["negative_slope"],
              "clamp": ["min", "max"], "clamp_min": ["min"], "clamp_max": ["max"], "threshold": ["threshold", "value"],
              "pow": ["exponent"], "hardshrink": ["lambd"], "softshrink": ["lambd"]}.get(called, [])
    chosen += {"softplus": ["beta"], "elu": ["alpha"], "celu": ["alpha"]}.get(called, [])
    values = [2 if called == "pow" and "square" in str(func) else given.get(each) for each in chosen]
    if called in ("softplus", "elu", "celu") and values == [1]:
        values = []
    return called + (f"[{','.join(map(_text, values))}]" if values else "")


def arguments(func, args, kwargs):
    """Argument name → value of a call, defaults included."""
    schema = func._schema.arguments
    given = {each.name: each.default_value for each in schema if each.has_default_value()}
    return given | dict(zip((each.name for each in schema), args)) | kwargs


def _text(value):
    if isinstance(value, Number):
        return f"{value:g}"
    return "" if value is None else value if isinstance(value, str) else "tensor"
