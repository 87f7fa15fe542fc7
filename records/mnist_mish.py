"""Depth, input noise and initialisation for ReLU, Swish and Mish on all of MNIST: three studies, five seeds a cell.

Chapter 11 looks at the same three questions on the small digits. Published were single runs: depth with batch
normalisation, dropout and one learning rate, noise and initialisation as pictures. Here the depth study keeps batch
normalisation and leaves out dropout, so that depth is all that changes, and every study sweeps the learning rate. Same
seed, same initial weights and same order of the data for all functions.
"""

import numpy as np
import torch

from actfns import lab

SEEDS, EPOCHS, WIDTH = 5, 2, 64
ACTIVATIONS, RATES = ["relu", "silu", "mish"], [0.01, 0.03, 0.1, 0.3]
NOISE = [0.0, 0.5, 1.0, 1.5, 2.0]  # standard deviations, in units of the standardised inputs
VALUES = {
    "depth": [5, 10, 15, 20, 25, 30],
    "initialisation": ["lecun", "xavier", "he", "torch", "orthogonal", "small", "uniform"],
    "noise": ["clean"],
}
GRID = [{"study": study, "value": value, "activation": activation, "lr": lr}
        for study, values in VALUES.items() for value in values for activation in ACTIVATIONS for lr in RATES]


def measure_cell(study, value, activation, lr, data="mnist", seeds=SEEDS, epochs=EPOCHS, width=WIDTH):
    """Test accuracy and loss after training: per seed, in the noise study per strength of noise and seed."""
    data = lab.load_data(data)
    hidden = lab.mlp(*(width,) * value, norm="batch") if study == "depth" else (width, width)
    run = lab.train(data, hidden, activation, range(seeds), lr=lr, epochs=epochs, every=epochs, progress=False,
                    init=value if study == "initialisation" else "he")
    accuracy, loss = run.test_accuracy[:, -1], run.test_loss[:, -1]
    if study == "noise":
        accuracy, loss = zip(*(noisy(run, data, strength) for strength in NOISE))
    return {"test_accuracy": np.round(accuracy, 4), "test_loss": np.round(loss, 4), "diverged": run.diverged.tolist()}


def noisy(run, data, strength):
    """Test accuracy and loss (seeds,) with Gaussian noise on the inputs, the same noise for every function."""
    noise = np.random.default_rng(0).normal(size=data.X_test.shape)
    log_p = torch.as_tensor(run.outputs(data.X_test + strength * noise)).log_softmax(-1).numpy()
    truth = np.asarray(data.y_test)
    return (log_p.argmax(-1) == truth).mean(1), -log_p[:, np.arange(len(truth)), truth].mean(1)


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, jobs=1, settings={
        "data": "mnist", "width": WIDTH, "seeds": SEEDS, "epochs": EPOCHS, "batch": 64, "noise": NOISE,
    })
