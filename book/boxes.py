"""Boxes on what the notes said: ``{claims}`` with ids in a source, claims and verdicts of the ledger in a notebook.

In the source only what was measured is written, and the claims are named::

    :::{claims} linear-stack-collapses linear-activation-no-learning
    What was measured.
    :::

A notebook holds the box in full, so that it reads the same in Jupyter and on the site. Elsewhere, in a table for
instance, ``{verdict}`linear-stack-collapses``` stands for the verdict and links to its entry. Claims and verdicts are
written once, in ``actfns/claims/ledger``. A book without either does not need `actfns`.
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
_VERDICT = re.compile(r"\{verdict\}`([^`\n]*)`")
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(claims\.md#claim-([a-z0-9-]+)\)")
_ENTRY = re.compile(r"\]\(claims\.md#claim-([a-z0-9-]+)\)")
_BLOCK = re.compile(r"[-*+>] |\d+[.)] |:{3}|`{3}|\$\$|\||#+ |\(.*\)=")  # begins what is no paragraph


def ids(text):
    """The ids that a source names, as often as it does: those of its boxes, then those of verdicts elsewhere."""
    return [id for box in _BOX.finditer(text) for id in box["ids"].split()] + _VERDICT.findall(text)


def unknown(text):
    """Sentences about ids that the ledger does not have, and about boxes without any."""
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
    """`text` of a source with boxes and verdicts in full; what `unknown` complains of stays as it is."""
    for pattern, full in ((_BOX, _full), (_VERDICT, lambda found, lang: link(found[1], lang))):
        text = pattern.sub(lambda found, full=full: found[0] if any(unknown(found[0])) else full(found, lang), text)
    return text


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
    lines = [f"{markdown(claim.claim[lang])} ({link(claim.id, lang)})" for claim in claims]
    said = f"**{words['notes']}** {lines[0]}" if len(lines) == 1 else "\n".join(
        [f"**{words['notes']}**", "", *(f"- {line}" for line in lines)])
    right = [markdown(claim.correct[lang]) for claim in claims] if bare else []
    after = "\n\n".join(["", f"**{words['right']}** {right[0]}", *right[1:]]) if right else ""
    return f"{{admonition}} {words['title'].format(verdicts)}\n:class: verdict\n{said}{after}"


def link(name, lang):
    """The verdict on a claim, linked to its entry.

    >>> link("linear-activation-no-learning", "ko")
    '[거짓](claims.md#claim-linear-activation-no-learning)'
    """
    from actfns.claims import VERDICTS, ledger

    return f"[{VERDICTS[ledger()[name].verdict][lang]}](claims.md#claim-{name})"


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
    """Digests of what boxes and verdicts of a source show of the ledger: a notebook remembers them, see `collapse`."""
    if any(unknown(text)):
        return []
    shown = [head(box["ids"].split(), lang, bare=not box["body"].strip("\n")) for box in _BOX.finditer(text)]
    return [digest(each) for each in (*shown, *(link(name, lang) for name in _VERDICT.findall(text)))]


def collapse(text, lang, known=()):
    """The opposite of `expand`. `known` are the `heads` with which the notebook was written.

    Raises `SourceError` if somebody changed a claim or a verdict in the notebook."""
    text = _SHOWN.sub(lambda shown: _short(shown, lang, known), text)
    return _LINK.sub(lambda found: _role(found, lang, known), text)


def _role(found, lang, known):
    from actfns.claims import VERDICTS, ledger

    text, name = found.groups()
    if text not in {verdict[lang] for verdict in VERDICTS.values()}:
        return found[0]  # a link like any other
    if digest(found[0]) not in known and (name not in ledger() or found[0] != link(name, lang)):
        raise SourceError(f"the verdict on {name} is changed in actfns/claims/ledger, not in a notebook")
    return f"{{verdict}}`{name}`"


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
