"""Building a published model from its library, with random or no weights, and an input for it.

A model is named "library:name", "timm:vgg16" or "transformers:LlamaForCausalLM"; those of "ours" are in `own`. Options
are arguments of its constructor or of its configuration. It is built on the meta device: sizes of hundreds of gigabytes
need no memory.
"""

import os

import torch

from actfns.survey import own
from actfns.survey.libraries import library
from actfns.survey.model_inputs import diffusion, transformer

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


def build(model, options=None, inputs=None, device="meta"):
    """(module, keyword or positional inputs) of a published model, as (module, tuple, dict).

    Args:
        model: "library:name".
        options: keyword arguments of the constructor; for transformers entries of the configuration.
        inputs: sizes of the input; by default an image, tokens or a signal of a size the model accepts.

    Raises `ValueError` for an unknown library, `ImportError` for one that is not installed.

    >>> from actfns.survey.building import build
    >>> module, inputs, keywords = build("torch:GRU", {"input_size": 4, "hidden_size": 6}, [5, 1, 4])
    >>> type(module).__name__, inputs
    ('GRU', ((5, 1, 4),))
    """
    name, _, which = model.partition(":")
    if name not in _BUILDERS:
        raise ValueError(f"unknown library {name!r}; there are {', '.join(_BUILDERS)}")
    try:
        with torch.device(device):
            module, given, keywords = _BUILDERS[name](which, dict(options or {}))
    except NotImplementedError:  # its constructor computes with numbers
        module, given, keywords = _BUILDERS[name](which, dict(options or {}))
    if inputs:
        given = tuple(tuple(each) for each in (inputs if isinstance(inputs[0], list) else [inputs]))
    return module.eval(), given, keywords


def _torchvision(which, options):
    models = library("torchvision").models
    for part in which.split(".")[:-1]:
        models = getattr(models, part)
    return getattr(models, which.split(".")[-1])(weights=None, **options), ((2, 3, 224, 224),), {}


def _timm(which, options):
    model = library("timm").create_model(which, pretrained=False, **options)
    return model, ((2, *model.pretrained_cfg.get("input_size", (3, 224, 224))),), {}


def _pytorchcv(which, options):
    from importlib import import_module

    library("pytorchcv")
    model = import_module("pytorchcv.model_provider").get_model(which, pretrained=False, **options)
    size = getattr(model, "in_size", (224, 224))
    return model, ((2, 3, *size),), {}


def _torch(which, options):
    module = getattr(torch.nn, which)(**options)
    return module, ((5, 1, options.get("input_size", 4)),), {}


def _ours(which, options):
    return *getattr(own, which)(**options), {}


def _segmentation(which, options):
    return getattr(library("smp"), which)(encoder_weights=None, **options), ((1, 3, 224, 224),), {}


def _ultralytics(which, options):
    with torch.device("cpu"):
        library("ultralytics")
        from ultralytics.nn.tasks import DetectionModel

        return DetectionModel(which, verbose=False, **options), ((1, 3, 64, 64),), {}


def _diffusers(which, options):
    model = getattr(library("diffusers"), which)(**options)
    return model, *diffusion(model)


def _transformers(which, options):
    transformers = library("transformers")
    made = getattr(transformers, which)
    dtype = getattr(torch, options.pop("dtype", "float32"))
    config = made.config_class(**options)
    model = made(config).to(dtype)
    return model, (), transformer(model, config)


_BUILDERS = {"torchvision": _torchvision, "timm": _timm, "pytorchcv": _pytorchcv, "transformers": _transformers,
             "diffusers": _diffusers, "smp": _segmentation, "ultralytics": _ultralytics, "torch": _torch,
             "ours": _ours}
