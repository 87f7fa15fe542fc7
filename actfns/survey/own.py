"""Short modules for architectures that no library holds: written by us from their papers, and said so in the table.

They have what decides the functions that run: the layers, their number and their order. Each names what it leaves out.
"""

import torch
from torch import nn
from torch.nn import functional as F


def dcgan_generator():
    """DCGAN's generator for 64 × 64 pixels (Radford et al. 2015), in the sizes of PyTorch's example."""
    widths = (100, 512, 256, 128, 64)
    parts = []
    for number, (a, b) in enumerate(zip(widths, widths[1:])):
        stride, padding = (2, 1) if number else (1, 0)
        parts += [nn.ConvTranspose2d(a, b, 4, stride, padding, bias=False), nn.BatchNorm2d(b), nn.ReLU(True)]
    return nn.Sequential(*parts, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh()), ((1, 100, 1, 1),)


def dcgan_discriminator():
    """DCGAN's discriminator: no batch normalisation after the first layer, leaky ReLU with slope 0.2."""
    widths = (3, 64, 128, 256, 512)
    parts = []
    for number, (a, b) in enumerate(zip(widths, widths[1:])):
        norm = [nn.BatchNorm2d(b)] if number else []
        parts += [nn.Conv2d(a, b, 4, 2, 1, bias=False), *norm, nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*parts, nn.Conv2d(512, 1, 4, bias=False), nn.Sigmoid()), ((1, 3, 64, 64),)


class _Sine(nn.Module):
    def forward(self, x):
        return torch.sin(30 * x)


def siren():
    """SIREN as in the paper's image experiments: three hidden layers of 256, a linear output."""
    layers = [nn.Linear(2, 256), _Sine()]
    for _ in range(3):
        layers += [nn.Linear(256, 256), _Sine()]
    return nn.Sequential(*layers, nn.Linear(256, 1)), ((64, 2),)


class _NeRF(nn.Module):
    def __init__(self, width=256, position=63, direction=27):
        super().__init__()
        sizes = [position] + [width + position if i == 5 else width for i in range(1, 8)]
        self.trunk = nn.ModuleList(nn.Linear(size, width) for size in sizes)
        self.density, self.feature = nn.Linear(width, 1), nn.Linear(width, width)
        self.view, self.colour = nn.Linear(width + direction, width // 2), nn.Linear(width // 2, 3)

    def forward(self, position, direction):
        x = position
        for number, layer in enumerate(self.trunk):
            x = F.relu(layer(torch.cat([position, x], -1) if number == 5 else x))
        y = F.relu(self.view(torch.cat([self.feature(x), direction], -1)))
        return torch.sigmoid(self.colour(y)), F.relu(self.density(x))


def nerf():
    """NeRF's network (Mildenhall et al. 2020, figure 7) on positions and directions that are already encoded."""
    return _NeRF(), ((64, 63), (64, 27))


def stylegan2_mapping():
    """StyleGAN2's mapping network only: eight layers with leaky ReLU 0.2 times √2; the synthesis is left out."""

    class Act(nn.Module):
        def forward(self, x):
            return F.leaky_relu(x, 0.2) * 2**0.5

    return nn.Sequential(*(part for _ in range(8) for part in (nn.Linear(512, 512), Act()))), ((2, 512),)


class _WaveNet(nn.Module):
    def __init__(self, width=64, skip=256, dilations=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512) * 3):
        super().__init__()
        self.start, self.dilations = nn.Embedding(256, width), dilations
        self.both = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=each) for each in dilations)
        self.out = nn.ModuleList(nn.Conv1d(width, width + skip, 1) for _ in dilations)
        self.end = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, 256, 1))
        self.width = width

    def forward(self, samples):
        x, total = self.start(samples).mT, 0
        for dilation, both, out in zip(self.dilations, self.both, self.out):
            value, gate = both(F.pad(x, (dilation, 0))).chunk(2, 1)
            more, skip = out(torch.tanh(value) * torch.sigmoid(gate)).split([self.width, self.end[1].in_channels], 1)
            x, total = x + more, total + skip
        return F.softmax(self.end(total), 1)


def wavenet():
    """WaveNet: thirty dilated layers with tanh gated by a sigmoid; widths are ours, the paper gives none."""
    return _WaveNet(), (torch.zeros(1, 1024, dtype=torch.long),)


class _Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = _convolution(width, width, 3), _convolution(width, width, 3)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


def _convolution(a, b, size):
    return nn.Sequential(nn.Conv2d(a, b, size, padding="same", bias=False), nn.BatchNorm2d(b))


class _AlphaZero(nn.Module):
    def __init__(self, planes, moves, width=256, blocks=19, board=8):
        super().__init__()
        self.start = _convolution(planes, width, 3)
        self.trunk = nn.Sequential(*(_Residual(width) for _ in range(blocks)))
        self.policy = nn.Sequential(_convolution(width, width, 3), nn.ReLU(), nn.Conv2d(width, moves, 3, padding=1))
        self.value = nn.Sequential(_convolution(width, 1, 1), nn.ReLU(), nn.Flatten(), nn.Linear(board**2, 256),
                                   nn.ReLU(), nn.Linear(256, 1), nn.Tanh())

    def forward(self, x):
        x = self.trunk(F.relu(self.start(x)))
        return F.softmax(self.policy(x).flatten(1), -1), self.value(x)


def alphazero():
    """AlphaZero for chess: 19 residual blocks, a policy over 73 planes of moves, a value between −1 and 1."""
    return _AlphaZero(119, 73), ((1, 119, 8, 8),)


class _PaLMBlock(nn.Module):
    def __init__(self, width, heads, size):
        super().__init__()
        self.norm, self.heads, self.size = nn.LayerNorm(width, bias=False), heads, size
        self.query, self.key_value = nn.Linear(width, heads * size, False), nn.Linear(width, 2 * size, False)
        self.gate, self.up = nn.Linear(width, 4 * width, False), nn.Linear(width, 4 * width, False)
        self.out, self.down = nn.Linear(heads * size, width, False), nn.Linear(4 * width, width, False)

    def forward(self, x):
        y = self.norm(x)
        q = self.query(y).unflatten(-1, (self.heads, self.size)).transpose(1, 2)
        k, v = (each.unsqueeze(1).expand_as(q) for each in self.key_value(y).chunk(2, -1))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        return x + self.out(seen) + self.down(F.silu(self.gate(y)) * self.up(y))


def palm():
    """PaLM 540B: 118 blocks of attention and SwiGLU side by side, sizes of table 1; without rotary positions."""
    width, words = 18432, 256000
    layers = [nn.Embedding(words, width), *(_PaLMBlock(width, 48, 256) for _ in range(118)),
              nn.LayerNorm(width, bias=False)]
    return nn.Sequential(*layers), (torch.zeros(1, 8, dtype=torch.long),)
