"""What activation functions cost inside networks: time of a training step and memory kept for the backward pass.

Four small networks of torch's own layers (a residual CNN, a mobile net of depthwise convolutions, a vision transformer,
a language model) run with each function and, as the zero of the scale, with none. In every round all variants take
turns, in another order each time, in processor time on one thread; kept are ratios to the variant without a function
in the same round, for the forward pass, the backward pass and both. Memory is what autograd keeps, counted once per
storage and without parameters; a function that keeps its output costs nothing where the next layer keeps it anyway.
Ratios of one processor: on an accelerator, where functions wait for memory and products are fast, shares differ.
"""

from time import process_time

import numpy as np
import torch
from torch import nn

from actfns import lab

FUNCTIONS = {"none": nn.Identity, "relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU, "mish": nn.Mish,
             "gelu_tanh": lambda: nn.GELU("tanh"), "relu6": nn.ReLU6, "hard_swish": nn.Hardswish}
ROUNDS, REPEATS = 24, 2


class Residual(nn.Module):
    def __init__(self, *parts, after=None):
        super().__init__()
        self.parts, self.after = nn.Sequential(*parts), after or nn.Identity()

    def forward(self, x):
        return self.after(x + self.parts(x))


def convolution(a, b, size=3, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(a, b, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(b))


def pooled(width, *parts):
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def cnn(act):
    """Six residual blocks of two 3 × 3 convolutions, as in ResNet; images of 32 × 32."""
    parts = [convolution(3, 32), act()]
    for a, b in ((32, 32), (32, 64), (64, 128)):
        parts += [convolution(a, b, stride=b // a), act()] if a != b else []
        parts += [Residual(convolution(b, b), act(), convolution(b, b), after=act()) for _ in range(2)]
    return pooled(128, *parts), torch.randn(16, 3, 32, 32)


def mobile(act):
    """Six inverted residual blocks with depthwise convolutions, as in MobileNetV2; images of 32 × 32."""
    def inside(a, b, stride=1):
        return (convolution(a, 6 * a, 1), act(), convolution(6 * a, 6 * a, 3, stride, 6 * a), act(),
                convolution(6 * a, b, 1))

    parts = [convolution(3, 16), act()]
    for a, b in ((16, 24), (24, 32), (32, 48)):
        parts += [*inside(a, b, 2), Residual(*inside(b, b))]
    return pooled(192, *parts, convolution(48, 192, 1), act()), torch.randn(16, 3, 32, 32)


class Attention(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.inwards, self.outwards = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.inwards(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.outwards(y.transpose(1, 2).flatten(2))


def blocks(act, width, depth, causal):
    return [part for _ in range(depth) for part in (
        Residual(nn.LayerNorm(width), Attention(width, 4, causal)),
        Residual(nn.LayerNorm(width), nn.Linear(width, 4 * width), act(), nn.Linear(4 * width, width)))]


def vit(act):
    """Four blocks of width 128 on 64 patches of 4 × 4 pixels."""
    patches = [nn.Conv2d(3, 128, 4, 4), nn.Flatten(2), Transpose(), *blocks(act, 128, 4, False), nn.LayerNorm(128)]
    return nn.Sequential(*patches, nn.Linear(128, 10)), torch.randn(16, 3, 32, 32)


def language(act):
    """Four causal blocks of width 128 on 128 tokens, 1000 words."""
    parts = [nn.Embedding(1000, 128), *blocks(act, 128, 4, True), nn.LayerNorm(128), nn.Linear(128, 1000)]
    return nn.Sequential(*parts), torch.randint(1000, (8, 128))


class Transpose(nn.Module):
    def forward(self, x):
        return x.mT


NETWORKS = {"cnn": cnn, "mobile": mobile, "vit": vit, "language": language}


def step(model, x, repeats):
    """Processor seconds of (forward passes, backward passes, both)."""
    forward, start = 0.0, process_time()
    for _ in range(repeats):
        begun = process_time()
        loss = model(x).square().mean()
        forward += process_time() - begun
        loss.backward()
    both = process_time() - start
    return forward, both - forward, both


def kept_bytes(model, x):
    """Bytes that one forward pass keeps for the backward pass."""
    own, kept = {p.untyped_storage().data_ptr() for p in model.parameters()}, {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes(), storage  # held, so that no address is used twice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = model(x).square().mean()
    total = sum(size for size, _ in kept.values())
    del loss
    return total


def measure_cell(network, rounds=ROUNDS, repeats=REPEATS):
    models = {}
    for name, function in FUNCTIONS.items():
        torch.manual_seed(0)
        models[name], x = NETWORKS[network](function)
        step(models[name], x, 2)  # the first calls pay for what is only done once
    times, names = {name: [] for name in models}, list(models)
    for number in range(rounds):
        for name in np.random.default_rng(number).permutation(names):
            times[name].append(step(models[name], x, repeats))
    none, memory = np.array(times["none"]), {name: kept_bytes(model, x) for name, model in models.items()}
    ratios = {name: np.array(each) / none for name, each in times.items() if name != "none"}
    return {**{what: {name: ratio[:, i].round(4) for name, ratio in ratios.items()}
               for i, what in enumerate(("forward", "backward", "step"))},
            "memory": {name: round(memory[name] / memory["none"], 4) for name in ratios},
            "parameters": sum(p.numel() for p in models["none"].parameters())}


if __name__ == "__main__":
    torch.set_num_threads(1)
    lab.records.make(__file__, measure_cell, {"network": list(NETWORKS)}, jobs=1, settings={
        "rounds": ROUNDS, "repeats": REPEATS, "dtype": "float32", "threads": 1, "functions": list(FUNCTIONS)})
