"""Initialisation × activation × learning rate on all of MNIST: test accuracy after two epochs, five seeds a cell.

Chapter 9 asks which initialisation suits which activation function. Its live grid is trained on the small digits;
this record answers the same question on 60,000 images, with the learning rate swept, so that no ranking hangs on one
rate. Same seed, same initial weights and same order of the data in every cell with the same initialisation.
"""

from actfns import lab

HIDDEN = (32, 32, 32)
SEEDS = range(5)
EPOCHS = 2
GRID = {
    "init": ["zeros", "constant", "uniform", "small", "lecun", "xavier", "he", "orthogonal"],
    "activation": ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "silu", "mish"],
    "lr": [0.01, 0.1, 1.0],
}


def constant(weight, generator):
    """Every weight 0.1: as symmetric as zeros, but not 0."""
    return weight.fill_(0.1)


def measure_cell(init, activation, lr):
    run = lab.train("mnist", HIDDEN, activation, SEEDS, lr=lr, epochs=EPOCHS, every=EPOCHS, progress=False,
                    init=constant if init == "constant" else init)
    return {"test_accuracy": run.test_accuracy[:, -1], "test_loss": run.test_loss[:, -1],
            "diverged": run.diverged.tolist()}


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, jobs=1, settings={
        "data": "mnist", "hidden": HIDDEN, "seeds": list(SEEDS), "epochs": EPOCHS, "batch": 64,
    })
