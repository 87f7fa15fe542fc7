"""LaTeX as a list of tokens, and finding one's way in it."""
import re

TOKEN = re.compile(
    r"""\\(?:operatorname|mathrm|mathbf|mathbb)\*?\s*\{(?P<name>[^{}]*)\}
      | \\mathbf\s*(?P<bold>\d)
      | \\text\s*\{(?P<text>[^{}]*)\}
      | \\(?:begin|end)\{cases\}
      | \\\\(?:\[[^\]]*\])?
      | \\[a-zA-Z]+ | \\[^a-zA-Z] | \S""",
    re.VERBOSE,
)
DROPPED = {"\\" + size for size in "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr displaystyle".split()}
THIN = {r"\,", r"\:", r"\;", r"\!", r"\ ", "~"}
SEPARATORS = {",", ";", r"\quad", r"\qquad"}
CLOSING = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\lvert": r"\rvert", r"\begin{cases}": r"\end{cases}"}
RELATIONS = {"<", ">", "=", r"\le", r"\leq", r"\leqslant", r"\ge", r"\geq", r"\geqslant", r"\ne", r"\neq"}


class FormulaError(ValueError):
    """The text cannot be read, or can be read in two ways."""


def tokenise(text):
    tokens = []
    for match in TOKEN.finditer(text):
        if match["text"] is not None:
            tokens.append("text:" + match["text"].strip())
        elif match["bold"]:
            tokens.append("name:" + match["bold"])
        elif match["name"] is not None:
            tokens.append("name:" + match["name"].replace("\\", "").strip())
        elif match[0] not in DROPPED:
            tokens.append(match[0])
    return _unbrace(tokens)


def _unbrace(tokens):
    """`t^{r}` and `t^r` become the same tokens."""
    result = []
    for token in tokens:
        result.append(token)
        if token == "}" and len(result) > 3 and result[-3] == "{" and result[-4] in "^_":
            result[-3:] = [result[-2]]
    return tuple(result)


def matching(tokens, start):
    """Index of the token that closes the bracket at `start`."""
    depth, opening = 0, tokens[start]
    for index in range(start, len(tokens)):
        depth += (tokens[index] == opening) - (tokens[index] == CLOSING[opening])
        if not depth:
            return index
    raise FormulaError(f"{opening} is never closed in {' '.join(tokens)}")


def split(tokens, marks):
    """Pieces between the marks that lie outside every bracket."""
    pieces, index, start = [], 0, 0
    while index < len(tokens):
        if tokens[index] in marks:
            pieces.append(tokens[start:index])
            start = index + 1
        elif tokens[index] in CLOSING:
            index = matching(tokens, index)
        index += 1
    return [*pieces, tokens[start:]]


def strip(tokens, marks=frozenset(THIN)):
    while tokens and tokens[0] in marks:
        tokens = tokens[1:]
    while tokens and tokens[-1] in marks:
        tokens = tokens[:-1]
    return tokens


def has_relation(tokens):
    """Whether a sign such as < or = stands outside every bracket."""
    return len(split(tokens, RELATIONS)) > 1
