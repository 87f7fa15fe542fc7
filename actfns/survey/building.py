"""Building a published model from its library, with random or no weights, and an input for it.

A model is named "library:name", "timm:vgg16" or "transformers:LlamaForCausalLM"; "ours:palm" is in `own`. Options are arguments of its
constructor or of its configuration. It is built on the meta device: sizes of hundreds of gigabytes need no memory.
"""

import os
from inspect import signature

import torch

from actfns.survey import own
from actfns.survey.libraries import library

os.environ.setdefault("HF_HUB_OFFLINE", "1")


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
    return model, *_diffusion_inputs(model)


def _diffusion_inputs(model):
    config, kind = model.config, type(model).__name__
    if kind == "FluxTransformer2DModel":
        return (), {"hidden_states": (1, 16, config.in_channels), "timestep": (1,), "guidance": (1,),
                    "encoder_hidden_states": (1, 8, config.joint_attention_dim), "img_ids": (16, 3), "txt_ids": (8, 3),
                    "pooled_projections": (1, config.pooled_projection_dim)}
    size = config.get("sample_size") or 32
    sample = (1, config.in_channels, size, size)
    if kind == "AutoencoderKL":
        return ((1, config.in_channels, 64, 64),), {}
    if kind == "DiTTransformer2DModel":
        whole = torch.zeros(1, dtype=torch.long, device="meta")
        return (sample,), {"timestep": whole, "class_labels": whole}
    context = {"encoder_hidden_states": (1, 8, config.cross_attention_dim)} if "Condition" in kind else {}
    return (sample, (1,)), context


def _transformers(which, options):
    transformers = library("transformers")
    made = getattr(transformers, which)
    dtype = getattr(torch, options.pop("dtype", "float32"))
    config = made.config_class(**options)
    model = made(config).to(dtype)
    return model, (), _model_inputs(model, config)


def _model_inputs(model, config):
    """Keyword inputs by the names that a transformers model gives its arguments."""
    size = getattr(getattr(config, "vision_config", config), "image_size", None) or 224
    size = size if isinstance(size, int) else size[0]
    tokens = torch.zeros(1, 8, dtype=torch.long, device="meta")
    channels, waves = getattr(config, "num_channels", 3), (1, 1, 16000) if _is_codec(model) else (1, 16000)
    inputs = {"input_ids": tokens, "pixel_values": (1, channels, size, size), "input_values": waves,
              "input_features": (1, getattr(config, "num_mel_bins", 80), 3000), "decoder_input_ids": tokens,
              "spectrogram": (8, getattr(config, "model_in_dim", 80)), "states": (1, 5, 17), "actions": (1, 5, 4),
              "rewards": (1, 5, 1), "returns_to_go": (1, 5, 1), "timesteps": tokens[:, :5],
              "attention_mask": torch.ones(1, 5, device="meta")}
    accepted, main = signature(model.forward).parameters, getattr(model, "main_input_name", "input_ids")
    if "states" in accepted:
        return {name: inputs[name] for name in accepted if name in inputs}
    wanted = {main if main in accepted else "input_ids"} | {"decoder_input_ids", "pixel_values"} & set(accepted)
    return {name: inputs[name] for name in wanted}


def _is_codec(model):
    return type(model).__name__ in ("EncodecModel", "DacModel")


_BUILDERS = {"torchvision": _torchvision, "timm": _timm, "pytorchcv": _pytorchcv, "transformers": _transformers,
             "diffusers": _diffusers, "smp": _segmentation, "ultralytics": _ultralytics, "torch": _torch,
             "ours": _ours}
