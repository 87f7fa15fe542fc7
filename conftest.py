"""`pytest --nbval chapters` compares the figures, too."""

from book.figures import pytest_itemcollected  # noqa: F401
