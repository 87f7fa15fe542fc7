"""Dead units on full MNIST: learning rate against remedy.

A 784-128-128-10 network with He's initialisation and biases 0 is trained by plain gradient descent in batches of 64 on
all 60,000 images. Unless the variant says otherwise the pixels lie between 0 and 1, as they come. Each cell keeps test
accuracy, the share of dead units in both hidden layers, and the share of first-layer units that are positive for no
training image; the last number also speaks about functions whose slope is never exactly 0.

The question: does what chapter 10 measures on the small digits hold where there are 45 times as many images?
"""

import torch

from actfns import lab

VARIANTS = {
    "relu": {},
    "centred": {"scale": "centred"},
    "batch_norm": {"norm": "batch"},
    "clip": {"clip": 1.0},
    "leaky_relu": {"activation": "leaky_relu"},
    "elu": {"activation": "elu"},
    "silu": {"activation": "silu"},
}
GRID = {"variant": list(VARIANTS), "lr": [0.1, 0.3, 0.5, 0.7, 1.0, 2.0]}
SETTINGS = {"seeds": 5, "epochs": 2, "width": 128, "batch": 64, "init": "he"}


def measure_cell(variant, lr, seeds=SETTINGS["seeds"], epochs=SETTINGS["epochs"], width=SETTINGS["width"],
                 data="mnist"):
    """At the end: test accuracy, share never positive, diverged, each (seeds,), and dead share (seeds, layers)."""
    change = dict(VARIANTS[variant])
    images = lab.load_data(data, scale=change.pop("scale", "unit"))
    network = lab.mlp(width, width, norm=change.pop("norm", None))
    run = lab.train(images, network, seeds=range(seeds), lr=lr, epochs=epochs, every=epochs, batch=SETTINGS["batch"],
                    init=SETTINGS["init"], record="dead", **{"activation": "relu"} | change)
    dead = run.layers["dead"][:, -1]
    never = dead[:, 0] if network.norm else never_positive(run.params, images.X_train)
    return {"test_accuracy": run.test_accuracy[:, -1].round(4), "dead": dead.round(4), "never_positive": never.round(4),
            "diverged": run.diverged}


def never_positive(params, images, piece=5000):
    """Share of first-layer units (seeds,) with w · x + b ≤ 0 for all images, looked at in pieces to save memory."""
    weight, bias = params["W1"], params["b1"].unsqueeze(1)
    highest = torch.stack([(torch.as_tensor(images[at:at + piece], dtype=weight.dtype) @ weight.mT + bias).amax(1)
                           for at in range(0, len(images), piece)])
    return (highest <= 0).all(0).double().mean(-1).numpy()


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, settings=SETTINGS)
