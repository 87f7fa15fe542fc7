"""Grids of experiments that survive being killed: cells, where they run, and the file that remembers them."""
