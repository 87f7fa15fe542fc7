"""Parts of `actfns.measure`: sampling, panels, kinks, tails, shape, Gaussian averages, numerics, the sheet."""
