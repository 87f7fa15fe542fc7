"""Checks of the topic backbones: small modules stand for blocks; what whole models run is in the survey's record."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.citations import bibliography
from actfns.claims.checks.elu import final
from actfns.claims.checks.selu import best_of_20_layers
from actfns.claims.evidence import Evidence, check


def mlpconv(activation):
    """A block of Network in Network: a 3×3 convolution and two of 1×1, each followed by `activation`."""
    parts = []
    for inputs, outputs, size in ((3, 16, 3), (16, 16, 1), (16, 8, 1)):
        parts += [torch.nn.Conv2d(inputs, outputs, size, dtype=torch.float64), activation()]
    return torch.nn.Sequential(*parts)


@check("backbone-nin")
def folds_without_relu():
    """An mlpconv block against one 3×3 convolution made of its weights, without activation functions and with ReLU."""
    gap = {}
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        x = torch.randn(4, 3, 10, 10, dtype=torch.float64)
        for activation in (torch.nn.Identity, torch.nn.ReLU):
            block = mlpconv(activation)
            first, second, third = (block[i] for i in (0, 2, 4))
            mix = third.weight.flatten(1) @ second.weight.flatten(1)
            kernel = torch.einsum("om,mikl->oikl", mix, first.weight)
            bias = mix @ first.bias + third.weight.flatten(1) @ second.bias + third.bias
            gap[activation.__name__] = float((torch.nn.functional.conv2d(x, kernel, bias) - block(x)).abs().max())
    return Evidence(gap["Identity"] < 1e-12 and gap["ReLU"] > 0.01,
                    {"without": gap["Identity"], "with ReLU": gap["ReLU"]})


class SE(torch.nn.Module):
    """Squeeze and excitation: every channel times a gate made from the means of all channels."""

    def __init__(self, channels=16, ratio=4):
        super().__init__()
        self.down = torch.nn.Linear(channels, channels // ratio)
        self.up = torch.nn.Linear(channels // ratio, channels)

    def gates(self, x):
        return torch.sigmoid(self.up(torch.relu(self.down(x.mean((2, 3))))))

    def forward(self, x):
        return x * self.gates(x)[:, :, None, None]


@check("backbone-senet")
def gates_are_no_output():
    """Gates of 20 random SE blocks: range and sum; shape of the block's output; sum of a softmax head behind it."""
    sums, heads, shapes = [], [], []
    with torch.random.fork_rng(), torch.no_grad():
        for seed in range(20):
            torch.manual_seed(seed)
            block, head, x = SE(), torch.nn.Linear(16, 10), torch.randn(8, 16, 5, 5)
            gates, out = block.gates(x), block(x)
            sums.append(float(gates.sum(1).mean()))
            heads.append(float((torch.softmax(head(out.mean((2, 3))), 1).sum(1) - 1).abs().max()))
            shapes.append(out.shape == x.shape and bool(((gates > 0) & (gates < 1)).all()))
    return Evidence(min(sums) > 4 and max(heads) < 1e-5 and sum(shapes) == 20,
                    {"sum of 16 gates": lab.interval(sums), "softmax head, sum − 1": max(heads)})


@check("senet-output-trend", slow=True)
def sigmoids_are_no_distribution():
    """Outputs of trained networks for single-label digits: sums of sigmoids and of softmax over ten classes."""
    run = lab.train("digits", (32,), "relu", range(20), lr=0.1, epochs=3, every=3)
    logits = lab.forward(run.params, run.data.X_test, "relu")
    sigmoid, softmax = (f(logits).sum(-1) for f in (torch.sigmoid, lambda z: torch.softmax(z, -1)))
    off = lab.interval((sigmoid - 1).abs().mean(1).numpy())
    return Evidence(off.low > 0.2 and float((softmax - 1).abs().max()) < 1e-5,
                    {"sigmoid, |sum − 1|": off, "softmax, |sum − 1|": float((softmax - 1).abs().max())})


@check("eight-linear-unit-variants")
def more_than_eight():
    """The eight names in the catalogue; other functions of their families or gated units published before 2019."""
    named = ("relu", "leaky_relu", "prelu", "rrelu", "srelu", "elu", "pelu", "selu")
    missing = [f for f in named if f not in actfns.catalog]
    others = [f for f in ("relu6", "crelu", "celu", "gelu", "silu") if f in actfns.catalog]
    early = [actfns.catalog[f].year for f in others]
    return Evidence(len(missing) == 0 and len(others) == 5 and max(early) < 2019,
                    {"of the eight": len(named) - len(missing), "others": ", ".join(others),
                     "latest of them": max(early)})


@check("prelu-pelu-parametric")
def learnable():
    """Learnable parameters in the catalogue: PReLU, PELU; SReLU and Swish beside them; ReLU and ELU."""
    learnt = {f: sum(p.learnable for p in actfns.catalog[f].params.values())
              for f in ("prelu", "pelu", "srelu", "swish", "relu", "elu")}
    return Evidence(learnt["prelu"] == 1 and learnt["pelu"] == 2 and min(learnt["srelu"], learnt["swish"]) > 0
                    and learnt["relu"] + learnt["elu"] == 0, learnt)


@check("elu-faster-verified-pedamonti", slow=True)
def faster_as_far_as_compared():
    """Test accuracy of 8 hidden layers on the digits, best of three rates: ELU and SELU − ReLU and leaky ReLU."""
    gains = {f"{f} − {other}": lab.paired(final(f, 8), final(other, 8)).difference
             for f in ("elu", "selu") for other in ("relu", "leaky_relu")}
    return Evidence(min(gain.low for gain in gains.values()) > 0.01, gains)


@check("better-than-relu-exist", slow=True)
def depends_on_depth():
    """SELU − ReLU with 20 plain layers; ELU, SELU and leaky ReLU − ReLU with 2, in test accuracy at the best rates."""
    deep = lab.paired(best_of_20_layers("selu"), best_of_20_layers("relu")).difference
    shallow = {f: lab.paired(final(f, 2, epochs=12), final("relu", 2, epochs=12)).difference
               for f in ("elu", "selu", "leaky_relu")}
    return Evidence(deep.low > 0.2 and max(abs(gain.mean) for gain in shallow.values()) < 0.02,
                    {"20 layers, SELU": deep} | {f"2 layers, {f}": gain for f, gain in shallow.items()})


@check("senet-citation-racnn")
def another_paper():
    """Authors and titles of the paper that was linked and of the one on SENet: what they share."""
    linked, senet = (bibliography()[key] for key in ("fu2017", "hu2018"))
    authors = [set(paper.authors.split(" and ")) for paper in (linked, senet)]
    shared = authors[0] & authors[1]
    return Evidence(len(shared) == 0 and linked.title != senet.title,
                    {"linked": linked.title, "SENet": senet.title, "shared authors": len(shared)})


# the survey's record: what the models execute


@cache
def record():
    """The record of the survey, or None where there is none."""
    try:
        return lab.record("backbones")
    except (KeyError, FileNotFoundError):
        return None


def surveyed(*ids, **options):
    """`check`, where the record of the survey is there."""
    return check(*ids, **options) if record() else (lambda function: function)


@cache
def hidden(row):
    """{function: calls} in the role of a hidden function, for every model of a row, and all roles of the row."""
    results = [cell["result"]["roles"] for cell in record().cells if cell["cell"]["row"] == row]
    return [roles["hidden"] for roles in results], sorted({role for roles in results for role in roles})


@surveyed("backbone-vgg", "backbone-googlenet", "backbone-squeezenet", "backbone-resnet", "backbone-resnext")
def relu_and_nothing_else():
    """Hidden functions that five architectures execute, in every library of the record."""
    found = {row: hidden(row)[0] for row in ("vgg", "googlenet", "squeezenet", "resnet", "resnext")}
    others = {f for models in found.values() for model in models for f in model} - {"relu"}
    return Evidence(len(others) == 0 and min(min(model["relu"] for model in models) for models in found.values()) > 10,
                    {row: listed_calls(models) for row, models in found.items()})


@surveyed("backbone-alexnet")
def seven_relus():
    """Hidden functions that torchvision's AlexNet executes: one ReLU for each of seven hidden layers."""
    models, roles = hidden("alexnet")
    return Evidence(models[0] == {"relu": 7} and roles == ["hidden"], {"AlexNet": listed_calls(models[:1])})


@surveyed("backbone-segnet")
def relu_in_both_halves():
    """ReLUs that the full SegNet executes: as many as encoder and decoder have convolutions but the last (25)."""
    models, roles = hidden("segnet")
    return Evidence(models[0]["relu"] == 25 and roles == ["hidden"], {"SegNet": listed_calls(models)})


@surveyed("backbone-mobilenet")
def two_in_code():
    """Hidden functions of MobileNet in three libraries: ReLU in one that follows the paper, ReLU6 in the others."""
    models, _ = hidden("mobilenet_v1")
    seen = {f for model in models for f in model}
    return Evidence(seen == {"relu", "relu6"} and max(len(model) for model in models) == 1,
                    {"MobileNet": listed_calls(models)})


def listed_calls(models):
    """Calls of each model as one text."""
    return "; ".join(", ".join(f"{calls} {f}" for f, calls in model.items()) for model in models)


@surveyed("backbones-mostly-relu-softmax")
def relu_until_2017():
    """Share of the surveyed image models, executed, in which ReLU makes most numbers: up to 2017 and from 2020 on."""
    from actfns import survey

    rows = survey.main().query("domain == 'vision' and known_from == 'library'")
    counts = [((part.function == "relu").sum(), len(part))
              for part in (rows[rows.year <= 2017], rows[rows.year >= 2020])]
    old, new = (relu / total for relu, total in counts)
    return Evidence(old > 0.75 and new < old - 0.3,
                    dict(zip(("up to 2017", "from 2020"), (f"{relu} of {total}" for relu, total in counts))))


@surveyed("new-functions-rarely-used")
def young_functions_today():
    """Share of surveyed language models from 2020 on whose main function is younger than ReLU; catalogue never used."""
    from actfns import survey

    rows = survey.main()
    today = rows[(rows.domain == "language") & (rows.year >= 2020)]
    young = float(np.mean([function not in ("relu", "tanh", "sigmoid") for function in today.function]))
    unused = float(np.mean([f not in set(rows.function) for f in actfns.catalog]))
    return Evidence(young > 0.6 and unused > 0.5, {"language models": young, "of the catalogue, unused": unused})
