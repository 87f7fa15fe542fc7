"""What a record says about its origin: the script's docstring and code, the versions and the machine."""

import ast
import io
import platform
import subprocess
import sys
import tokenize
from importlib.metadata import version
from pathlib import Path

from actfns.lab.sweeping.cells import digest

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}


def about(text, name):
    """The docstring of a script. Raises `ValueError` if it has none."""
    if not (found := ast.get_docstring(ast.parse(text))):
        raise ValueError(f"{name} needs a docstring that says what is run and why; it becomes part of the record")
    return found


def code_digest(text):
    """A fingerprint of what a script does: the same after changes of comments, docstrings and layout."""
    parts, line = [], []
    for kind, word in _tokens(text):
        if kind in (tokenize.INDENT, tokenize.DEDENT):
            parts.append(">" if kind == tokenize.INDENT else "<")
        elif kind == tokenize.NEWLINE:
            parts += [] if [kind for kind, _ in line] == [tokenize.STRING] else [*(word for _, word in line), ";"]
            line = []
        elif kind not in LAYOUT:
            line.append((kind, word))
    return digest(" ".join(parts))


def _tokens(text):
    """Kind and text of every token; an f-string, which Python 3.12 and later take apart, is one, as in Python 3.11."""
    lines, depth, start = io.StringIO(text).readlines(), 0, None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name == "FSTRING_START":
            start, depth = start or token.start, depth + 1
        elif name == "FSTRING_END":
            depth -= 1
        elif not depth:
            yield token.type, token.string
        if start and not depth:
            yield tokenize.STRING, _between(lines, start, token.end)
            start = None


def _between(lines, start, end):
    (first, left), (last, right) = start, end
    cut = [*lines[first - 1:last - 1], lines[last - 1][:right]]
    return cut[0][left:] + "".join(cut[1:])


def environment(cores):
    """Versions, machine and number of cores used, for a record; no names of people, hosts or folders."""
    return {"python": platform.python_version()} | {name: version(name) for name in ("torch", "numpy", "actfns")} | {
        "system": platform.system(), "machine": platform.machine(), "processor": _processor(), "cores": cores,
        "device": "cpu"}


def _processor():
    if sys.platform == "darwin":
        asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        return asked.stdout.strip()
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()
