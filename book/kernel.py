"""Runs a chapter's code and brings its outputs home, with the values that its prose quotes."""

import os
import re

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

# A sum on one thread does not depend on how many cores a machine has.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
VALUES = "# The numbers quoted in the text"
TIMEOUT = 600  # seconds for one cell


def printing(expressions):
    """Code that prints the value of each expression on a line of its own."""
    return "\n".join([VALUES, *(f"print({fstring(each)})" for each in expressions)])


def printed(outputs):
    return "".join(output.get("text", "") for output in outputs).splitlines()


def fstring(expression):
    quote = next(quote for quote in ('"', "'", "'''") if quote not in expression)
    return f"f{quote}{{{expression}}}{quote}"


def run(chapter, ended=lambda pid: None):
    """The outputs of each code cell of the chapter's notebooks, run in one kernel; SourceError where one fails.

    `ended` is told the number of the kernel's process before that ends."""
    steps = list(_steps(chapter))
    for lang in ("ko", "en"):
        (chapter.path.parent / lang).mkdir(exist_ok=True)
    os.environ.update(ONE_THREAD)
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=[cell for cell, _, _ in steps]),
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
        resources={"metadata": {"path": str(chapter.path.parent / "en")}},  # where a reader's kernel starts, too
    )
    with client.setup_kernel():
        for count, (cell, unit, _) in enumerate(tqdm(steps, desc=chapter.name, unit="cell", disable=None)):
            try:
                client.execute_cell(cell, count, store_history=False)  # as nbval runs it
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                raise chapter.error(*_failure(chapter, unit, error)) from None
            _refuse_stderr(chapter, unit, cell)
        ended(client.km.provisioner.pid)
    _compare(chapter, steps)
    return [_clean(cell.outputs) for cell, _, kept in steps if kept]


def _steps(chapter):
    """(cell, its unit, whether it is a cell of the notebook): after each unit its values are looked at once, too."""
    for unit in chapter.units:
        if unit.kind == "code":
            tags = {"tags": unit.options.get("tags", [])}
            yield nbformat.v4.new_code_cell(unit.text("en"), metadata=tags), unit, True
        if expressions := unit.values():
            looks = (f"try:\n    print({fstring(each)})\nexcept NameError:\n    print()" for each in expressions)
            yield nbformat.v4.new_code_cell("\n".join(looks)), unit, False
    if expressions := chapter.values():
        yield nbformat.v4.new_code_cell(printing(expressions)), None, True


def _failure(chapter, unit, error):
    """(line of the source, what happened there)."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    places = re.findall(r"Cell In\[\d+\], line (\d+)", text)
    place = int(places[-1]) if places else 1
    what = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else text.strip().splitlines()[0]
    if unit is None:
        expression = chapter.values()[place - 2]
        unit = next(unit for unit in chapter.units if expression in unit.values())
        return unit.line, f"{{{{ {expression} }}}}: {what}"
    if unit.kind == "markdown":
        return unit.line, f"an inline value of this passage: {what}"
    return unit.line + place - 1, what


def _refuse_stderr(chapter, unit, cell):
    noise = [output.text for output in cell.outputs if output.get("name") == "stderr"]
    if noise:
        raise chapter.error(unit.line, f"the cell writes to stderr, which a page must not: {noise[0].strip()[:500]}")


def _compare(chapter, steps):
    """A name that a later cell changes would put a wrong number into the text above it."""
    if not chapter.values():
        return
    final = printed(steps[-1][0].outputs)
    if len(final) != len(chapter.values()):
        raise chapter.error(1, "an inline value is longer than one line")
    final = dict(zip(chapter.values(), final, strict=True))
    looks = [(unit, printed(cell.outputs)) for cell, unit, kept in steps if not kept]
    for unit, values in looks:
        for expression, here in zip(unit.values(), values, strict=True):
            if here not in ("", end := final[expression]):
                what = f"{{{{ {expression} }}}} is {here} here but {end} at the end of the chapter"
                raise chapter.error(unit.line, f"{what}: a later cell changes it; give the two values different names")


def _clean(outputs):
    """Outputs without what differs from run to run or machine to machine."""
    for output in outputs:
        if output.output_type == "execute_result":
            output.execution_count = None
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {output.evalue}"]
    return outputs
