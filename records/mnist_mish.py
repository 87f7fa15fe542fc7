"""Depth, input noise and initialisation for ReLU, Swish and Mish on all of MNIST, five seeds a cell.

Chapter 11 looks at the same three questions on the small digits. Published were single runs: depth with batch
normalisation, dropout and one learning rate, noise and initialisation as pictures. Here the depth study keeps batch
normalisation and leaves out dropout, so that depth is all that changes, and every study sweeps the learning rate.
Noise is added to the test images of the networks with two layers and He's initialisation. Same seed, same initial
weights and same order of the data for all functions.
"""

import numpy as np
import torch

from actfns import lab

SEEDS, EPOCHS, WIDTH, BATCH = 5, 2, 64, 128
ACTIVATIONS, RATES = ["relu", "silu", "mish"], [0.03, 0.1, 0.3]
NOISE = [0.0, 0.5, 1.0, 1.5, 2.0]  # standard deviations, in units of the standardised inputs
VALUES = {"initialisation": ["he", "lecun", "torch", "uniform"], "depth": [5, 15]}
GRID = [{"study": study, "value": value, "activation": activation, "lr": lr}
        for study, values in VALUES.items() for value in values for activation in ACTIVATIONS for lr in RATES]


def measure_cell(study, value, activation, lr, data="mnist", seeds=SEEDS, epochs=EPOCHS, width=WIDTH, batch=BATCH):
    """Training loss, test accuracy and loss of every seed; with two layers and He's initialisation under noise, too."""
    data, deep = lab.load_data(data), study == "depth"
    hidden = lab.mlp(*(width,) * value, norm="batch") if deep else (width, width)
    run = lab.train(data, hidden, activation, range(seeds), lr=lr, epochs=epochs, batch=batch, every=epochs,
                    init="he" if deep else value, progress=False)
    result = {"train_loss": run.train_loss[:, -1], "test_accuracy": run.test_accuracy[:, -1],
              "test_loss": run.test_loss[:, -1]}
    if value == "he":
        result["noisy_accuracy"], result["noisy_loss"] = zip(*(noisy(run, data, strength) for strength in NOISE))
    return {name: np.round(values, 4) for name, values in result.items()}


def noisy(run, data, strength):
    """Test accuracy and loss (seeds,) with Gaussian noise on the inputs, the same noise for every function."""
    noise = np.random.default_rng(0).normal(size=data.X_test.shape)
    log_p = torch.as_tensor(run.outputs(data.X_test + strength * noise)).log_softmax(-1).numpy()
    truth = np.asarray(data.y_test)
    return (log_p.argmax(-1) == truth).mean(1), -log_p[:, np.arange(len(truth)), truth].mean(1)


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, jobs=1, settings={
        "data": "mnist", "width": WIDTH, "seeds": SEEDS, "epochs": EPOCHS, "batch": BATCH, "noise": NOISE,
    })
