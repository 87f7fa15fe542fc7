"""The Korean font of the figures, its licence, and the script that made it."""
