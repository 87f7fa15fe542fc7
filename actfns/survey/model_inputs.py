"""Inputs that models of transformers and diffusers accept: shapes by the names of their arguments."""

from inspect import signature

import torch


def transformer(model, config):
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


def diffusion(model):
    """(positional, keyword) inputs of a model of diffusers."""
    config, kind = model.config, type(model).__name__
    if kind in _DIFFUSION:
        return (), _DIFFUSION[kind](config)
    size = config.get("sample_size") or 32
    sample = (1, config.in_channels, size, size)
    if kind == "AutoencoderKL":
        return ((1, config.in_channels, 64, 64),), {}
    context = {"encoder_hidden_states": (1, 8, config.cross_attention_dim)} if "Condition" in kind else {}
    return (sample, (1,)), context


def _flux(config):
    return {"hidden_states": (1, 16, config.in_channels), "timestep": (1,), "guidance": (1,), "img_ids": (16, 3),
            "encoder_hidden_states": (1, 8, config.joint_attention_dim), "txt_ids": (8, 3),
            "pooled_projections": (1, config.pooled_projection_dim)}


def _dit(config):
    whole = torch.zeros(1, dtype=torch.long, device="meta")
    size = config.sample_size
    return {"hidden_states": (1, config.in_channels, size, size), "timestep": whole, "class_labels": whole}


def _sana(config):
    return {"hidden_states": (1, config.in_channels, 32, 32), "timestep": (1,),
            "encoder_hidden_states": (1, 8, config.caption_channels)}


def _wan(config):
    return {"hidden_states": (1, config.in_channels, 1, 16, 16), "timestep": (1,),
            "encoder_hidden_states": (1, 8, config.text_dim)}


def _stable_diffusion_3(config):
    return {"hidden_states": (1, config.in_channels, 32, 32), "timestep": (1,),
            "encoder_hidden_states": (1, 8, config.joint_attention_dim),
            "pooled_projections": (1, config.pooled_projection_dim)}


def _qwen_image(config):
    return {"hidden_states": (1, 16, config.in_channels), "timestep": (1,), "img_shapes": [[(1, 4, 4)]],
            "encoder_hidden_states": (1, 8, config.joint_attention_dim),
            "encoder_hidden_states_mask": torch.ones(1, 8, device="meta")}


_DIFFUSION = {"FluxTransformer2DModel": _flux, "DiTTransformer2DModel": _dit,
                 "SD3Transformer2DModel": _stable_diffusion_3, "QwenImageTransformer2DModel": _qwen_image,
                 "SanaTransformer2DModel": _sana, "WanTransformer3DModel": _wan}
