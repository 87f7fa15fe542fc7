"""The machine that makes the book: sources to notebooks and back, the site, the tests."""
