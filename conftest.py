"""`pytest --nbval chapters` compares the figures, too, and knows how another CPU may round."""

from book.comparison import pytest_itemcollected  # noqa: F401
