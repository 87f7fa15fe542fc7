"""Boxes on what the notes said: ``{claims}`` with ids in a source, claims and verdicts of the ledger in a notebook.

In the source only what was measured is written, and the claims are named::

    :::{claims} linear-stack-collapses linear-activation-no-learning
    What was measured.
    :::

A notebook holds the box in full, so that it reads the same in Jupyter and on the site. Claims and verdicts are written
once, in ``actfns/claims/ledger``. A book without boxes does not need `actfns`.
"""

import re

from .agreement import digest
from .source import VALUE, SourceError

WORDS = {
    "en": {
        "title": "The notes said · verdict: {}",
        "notes": "Notes",
        "measured": "Measured",
        "checked": "Checked",
        "right": "Right is",
    },
    "ko": {
        "title": "노트의 주장 · 판정: {}",
        "notes": "노트",
        "measured": "측정",
        "checked": "확인",
        "right": "바로잡으면",
    },
}
_BOX = re.compile(r"^(?P<fence>:{3,}|`{3,})\{claims\}(?P<ids>.*)\n(?P<body>(?:.*\n)*?)(?P=fence)[ ]*$", re.MULTILINE)
_SHOWN = re.compile(
    r"^(?P<fence>:{3,}|`{3,})(?P<text>\{admonition\}.*\n:class: verdict\n(?:.*\n)*?)(?P=fence)[ ]*$", re.MULTILINE
)
_ENTRY = re.compile(r"\]\(claims\.md#claim-([a-z0-9-]+)\)")
_BLOCK = re.compile(r"[-*+>] |\d+[.)] |:{3}|`{3}|\$\$|\||#+ |\(.*\)=")  # begins what is no paragraph


def ids(text):
    """The ids that the boxes of a source name, as often as they name them."""
    return [id for box in _BOX.finditer(text) for id in box["ids"].split()]


def unknown(text):
    """Sentences about ids in boxes that the ledger does not have, and about boxes without any."""
    for box in _BOX.finditer(text):
        if not box["ids"].split():
            yield "a {claims} box names the claims that it is about"
    if wanted := ids(text):
        from actfns.claims import ledger

        for id in wanted:
            try:
                ledger()[id]
            except KeyError as error:
                yield error.args[0]


def expand(text, lang):
    """`text` of a source with its boxes in full; one that `unknown` complains of stays as it is."""
    return _BOX.sub(lambda box: box[0] if any(unknown(box[0])) else _full(box, lang), text)


def _full(box, lang):
    fence, names, body = box["fence"], box["ids"].split(), box["body"].strip("\n")
    between = "\n\n" if _BLOCK.match(body) else " "
    found = f"\n\n**{WORDS[lang][_finding(names, body)]}**{between}{body}" if body else ""
    return f"{fence}{head(names, lang, bare=not body)}{found}\n{fence}"


def _finding(names, body):
    """Whether code speaks in a box: nothing is measured where literature alone was looked up."""
    from actfns.claims import ledger

    return "measured" if VALUE.search(body) or any(ledger()[name].executable for name in names) else "checked"


def head(names, lang, bare=False):
    """A box in full up to what was measured: its verdicts in the title, then a line for each claim and its verdict.

    A `bare` one, in which nothing was measured, goes on with what is right.

    >>> head(["linear-stack-collapses", "linear-activation-no-learning"], "en").splitlines()[:3]
    ['{admonition} The notes said · verdict: true, false', ':class: verdict', '**Notes**']
    """
    from actfns.claims import VERDICTS, ledger

    words, claims = WORDS[lang], [ledger()[name] for name in names]
    verdicts = ", ".join(dict.fromkeys(VERDICTS[claim.verdict][lang] for claim in claims))
    lines = [
        f"{markdown(claim.claim[lang])} ([{VERDICTS[claim.verdict][lang]}](claims.md#claim-{claim.id}))"
        for claim in claims
    ]
    said = f"**{words['notes']}** {lines[0]}" if len(lines) == 1 else "\n".join(
        [f"**{words['notes']}**", "", *(f"- {line}" for line in lines)])
    right = [markdown(claim.correct[lang]) for claim in claims] if bare else []
    after = "\n\n".join(["", f"**{words['right']}** {right[0]}", *right[1:]]) if right else ""
    return f"{{admonition}} {words['title'].format(verdicts)}\n:class: verdict\n{said}{after}"


def markdown(text):
    r"""A text of the ledger, which is plain but for `code`, as Markdown.

    >>> print(markdown("f * g on [0, 1], as `a[0] * b`."))
    f \* g on \[0, 1\], as `a[0] * b`.
    """
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    plain = "".join(part if odd % 2 else re.sub(r"[\\*_\[\]<$]", r"\\\g<0>", part) for odd, part in enumerate(parts))
    return re.sub(r"^([-+#>]|\d+(?=[.)] ))", lambda start: f"\\{start[1]}" if start[1] in "-+#>" else start[1] + "\\",
                  plain)


def heads(text, lang):
    """Digests of the heads of the boxes of a source: a notebook remembers them, see `collapse`."""
    return [
        digest(head(box["ids"].split(), lang, bare=not box["body"].strip("\n")))
        for box in _BOX.finditer(text)
        if not any(unknown(box[0]))
    ]


def collapse(text, lang, known=()):
    """The opposite of `expand`. `known` are the `heads` with which the notebook was written.

    Raises `SourceError` if somebody changed a claim or a verdict in the notebook."""
    return _SHOWN.sub(lambda shown: _short(shown, lang, known), text)


def _short(shown, lang, known):
    labels = "|".join(WORDS[lang][name] for name in ("measured", "checked"))
    first, *rest = re.split(rf"\n\n\*\*(?:{labels})\*\*", shown["text"].rstrip("\n"), maxsplit=1)
    names = _ENTRY.findall(first)
    if not names:
        return shown[0]  # no box of the ledger's
    written = digest(first) in known
    try:
        written = written or first in (head(names, lang), head(names, lang, bare=True))
    except KeyError:
        pass
    if not written:
        raise SourceError(
            f"a box on {', '.join(names)}: its claims and verdicts are changed in actfns/claims/ledger, not in a "
            f"notebook; what follows {labels.replace('|', ' or ')} may be changed in both"
        )
    body = "".join(rest).strip()
    return "\n".join([f"{shown['fence']}{{claims}} {' '.join(names)}", *([body] if body else []), shown["fence"]])
