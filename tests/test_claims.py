"""The ledger is whole, its checks stand, and a check that is emptied or inverted is found out."""

import ast
import builtins
import inspect
import re
import subprocess
import sys
import textwrap
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import claims_worlds
import numpy as np
import pytest

import actfns.claims.checks
from actfns.citations import bibliography
from actfns.claims import TOPICS, Evidence, check, evidence, ledger, run, running, select
from actfns.claims.__main__ import main
from actfns.claims.ledger import FOLDER, LANGUAGES, read
from book import boxes

CHAPTERS = Path(__file__).parent.parent / "chapters"
CLAIMS = list(ledger().values())
CHECKS = {claim.check.function: claim.check for claim in CLAIMS if claim.check}
SAMPLE = list(CHECKS.values())[::4]
HANGUL = re.compile("[가-힣]")


@cache
def evidence_of(function):
    return CHECKS[function]()


@cache
def labels(lang):
    """The labels that the pages of a language define, without their ``-ko`` or ``-en``."""
    pages = "\n".join(path.read_text("utf8") for path in CHAPTERS.glob(f"{lang}/[0-9]*.ipynb"))
    return set(re.findall(rf'(?:"\(|":label: |":name: |"name": ")([a-z][\w-]*)-{lang}\b', pages))


def cases(checks):
    """One case per check, named by its claims; the slow ones run with the slow set only."""
    return [pytest.param(check, id="+".join(check.ids), marks=[pytest.mark.slow] * check.slow) for check in checks]


# the ledger


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_entry(claim):
    for texts in (claim.claim, claim.correct):
        assert HANGUL.search(texts["ko"]), "the Korean text has no Korean"
        assert not HANGUL.search(texts["en"]), "the English text holds Korean"
        assert all(len(texts[lang]) > 10 and "TODO" not in texts[lang] for lang in LANGUAGES)
    assert all(claim.correct[lang] != claim.claim[lang] for lang in LANGUAGES), "the reason only repeats the claim"
    assert all(claim.where in labels(lang) for lang in LANGUAGES), f"no page in both languages defines {claim.where}"
    assert not claim.executable or claim.check, f"code can settle it ({claim.kind}), so it needs a check"
    assert claim.check or claim.reference, "neither a check nor a source"


def test_no_claim_of_the_notes_is_missing():
    """How many claims the notes make on each topic, and that each of the five notes makes some."""
    assert Counter(claim.topic for claim in CLAIMS) == {
        "why-nonlinear": 24, "sigmoid": 24, "tanh": 14, "relu": 19, "dying-relu": 13, "leaky": 24, "elu": 25,
        "selu": 11, "swish": 17, "elish": 7, "mish": 32, "softplus": 1, "softsign": 3, "softmax": 3, "maxout": 11,
        "properties": 14, "zigzag": 10, "vanishing-gradient": 12, "training-comparison": 6, "practice": 3,
        "backbones": 20,
    }
    assert len(CLAIMS) == 293 and {note for claim in CLAIMS for note in claim.notes} == set(range(5))


def test_every_claim_is_shown_by_a_chapter():
    shown = {id for path in CHAPTERS.glob("[0-9]*.md") for id in boxes.ids(path.read_text("utf8"))}
    assert set(ledger()) - shown == set(), "a box or a verdict in a table names each claim"


def test_sources_are_those_of_the_bibliography():
    keys = {text for claim in CLAIMS for text in claim.reference if text in bibliography()}
    assert len(keys) > 20
    assert all(str(bibliography()[key]) in claim.sources for claim in CLAIMS for key in claim.reference if key in keys)


def test_ledger_looks_like_a_mapping():
    claims = ledger()
    assert list(claims) == [claim.id for claim in CLAIMS] and len(claims) == len(set(claims))
    topics = [claim.topic for claim in CLAIMS]
    assert topics == sorted(topics, key=list(TOPICS).index), "claims are in the order of the topics"
    with pytest.raises(KeyError, match="near: linear-stack-collapses"):
        claims["linear-stack-colapses"]


ENTRY = (FOLDER / "why-nonlinear.yml").read_text("utf8").split("\nlinear-two-layer")[0]


@pytest.mark.parametrize("before, after, fault", [
    ('"true"', '"perhaps"', "'perhaps' is no verdict; there are true, false"),
    ("kind: math", "kind: maths", "'maths' is no kind"),
    ('verdict: "true"', "verdict: true", "verdict must be a str"),
    ("notes: [0, 1, 2, 4]", "notes: [7]", "notes are numbers of the source notes"),
    ("  where: sec-fold", "", "where is missing"),
    ("where:", "somewhere:", "where is missing|'somewhere' is no field"),
    ("[saxe2014]", "[saxe2041]", "'saxe2041' is not in references.bib"),
    ("    ko: 아핀", "    de: 아핀", "correct needs a text in en and one in ko"),
    ("linear-stack-collapses:", "Linear_stack:", "an id is lower-case words"),
    ("  kind: math", "  kind: math\n  kind: math", "'kind' is given twice"),
    ("  kind", "\tkind", "why-nonlinear.yml"),
])
def test_faults_of_an_entry_are_named(tmp_path, before, after, fault):
    assert before in ENTRY
    (tmp_path / "why-nonlinear.yml").write_text(ENTRY.replace(before, after), "utf8")
    with pytest.raises(ValueError, match=fault) as error:
        read(tmp_path)
    assert str(error.value).startswith("why-nonlinear.yml: ")


def test_faults_of_a_folder_are_named(tmp_path):
    (tmp_path / "why-nonlinear.yml").write_text(f"{ENTRY}\n{ENTRY}", "utf8")
    with pytest.raises(ValueError, match="'linear-stack-collapses' is given twice"):
        read(tmp_path)
    (tmp_path / "why-nonlinear.yml").write_text(ENTRY, "utf8")
    assert list(read(tmp_path)) == ["linear-stack-collapses"]
    (tmp_path / "tanh.yml").write_text(ENTRY, "utf8")
    with pytest.raises(ValueError, match="tanh.yml: linear-stack-collapses is in why-nonlinear.yml already"):
        read(tmp_path)
    (tmp_path / "tanh.yml").write_text("- a list", "utf8")
    with pytest.raises(ValueError, match="tanh.yml: a mapping from ids"):
        read(tmp_path)
    (tmp_path / "tanh.yml").rename(tmp_path / "tanhs.yml")
    with pytest.raises(ValueError, match="'tanhs' is no topic"):
        read(tmp_path)


# the checks


@pytest.mark.parametrize("check", cases(CHECKS.values()))
def test_verdict_stands(check):
    found = evidence_of(check.function)
    assert found.stands, str(found)


def test_every_check_belongs_to_a_claim():
    for module in iter_modules(actfns.claims.checks.__path__, "actfns.claims.checks."):
        import_module(module.name)
    assert {id for id in evidence.bound() if id not in ledger()} == set()


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: "+".join(check.ids))
def test_check_says_what_it_compares(check):
    assert len(check.compares) > 20
    decisions = [call.args[0] for call in calls_of_evidence(check.function)]
    assert decisions, "it makes no Evidence"
    assert not any(isinstance(node, ast.Constant) for node in decisions), "its verdict is a constant"
    assert measured(check.function), "its verdict rests on nothing that was computed"


@pytest.mark.parametrize("check", [
    pytest.param(check, id="+".join(check.ids), marks=[pytest.mark.slow] * (check not in SAMPLE))
    for check in CHECKS.values() if not check.slow
])
def test_every_comparison_decides(check):
    """Each comparison that a check decides on is inverted in turn, and the verdict falls every time (a sample; the
    others in the slow set)."""
    assert evidence_of(check.function).stands
    for mutant, inverted in mutants(check.function):
        assert not mutant().stands, f"it stands whatever {inverted} says"


def measured(function):
    """What the verdict of a check rests on: names from outside the function, and whether anything is calculated."""
    given = [(names(into), node) for node in ast.walk(tree_of(function)) if (into := targets(node))]
    looked_at = [call.args[0] for call in calls_of_evidence(function)]
    for node in looked_at:  # grows: whatever gives a name its value counts as well
        looked_at += [source for into, source in given if into & names([node]) and source not in looked_at]
    sums = {"a sum" for node in looked_at for part in ast.walk(node) if isinstance(part, ast.BinOp)}
    return (names(looked_at) - set().union(*(into for into, _ in given)) - set(dir(builtins))) | sums


def targets(node):
    """The names or items to which a statement, a loop or ``list.append`` gives a value."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "update"):
        return [node.func.value]
    into = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return [each for each in into if each is not None]


def names(nodes):
    return {name.id for node in nodes for name in ast.walk(node) if isinstance(name, ast.Name)}


def calls_of_evidence(function):
    return [node for node in ast.walk(tree_of(function))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Evidence"]


def tree_of(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    tree.body[0].decorator_list.clear()
    return tree


def mutants(function):
    """The function once for every comparison in the first argument of its Evidence, with that one inverted."""
    outermost = [len(comparisons(call)) for call in calls_of_evidence(function)]
    for number in range(sum(outermost)):
        tree = tree_of(function)
        calls = [node for node in ast.walk(tree)
                 if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Evidence"]
        wanted = [node for call in calls for node in comparisons(call)][number]
        source = ast.unparse(wanted)
        tree = ast.fix_missing_locations(Invert(wanted).visit(tree))
        namespace = {**function.__globals__, "opposite": opposite}
        exec(compile(tree, "<mutant>", "exec"), namespace)
        yield namespace[function.__name__], source


def comparisons(call):
    found, waiting = [], [call.args[0]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Compare):
            found.append(node)
        else:
            waiting += ast.iter_child_nodes(node)
    return found


class Invert(ast.NodeTransformer):
    """Puts `opposite` around one comparison."""

    def __init__(self, wanted):
        self.wanted = wanted

    def visit_Compare(self, node):
        if node is not self.wanted:
            return self.generic_visit(node)
        return ast.Call(ast.Name("opposite", ast.Load()), [node], [])


def opposite(found):
    """The negation of a truth value, an array or a tensor of them."""
    return found.logical_not() if hasattr(found, "logical_not") else np.logical_not(found)


def always():
    "Stands whatever it finds, which a mutant shows."
    found = 1
    return Evidence(found < 2 or found >= 2, {"found": found})


def vacuous():
    "Compares nothing at all, because there is nothing to compare."
    return Evidence(all(number > 0 for number in []), {"numbers": 0})


def idle():
    "Decides on a number that nobody has measured."
    found = max(1, 2)
    return Evidence(found < 3, {"found": found})


def test_a_verdict_without_a_measurement_is_found():
    assert not measured(idle) and not measured(always)
    assert "lab" in measured(ledger()["vanishing-solved-by-relu"].check.function)


@pytest.mark.parametrize("function", [always, vacuous])
def test_mutants_find_a_check_that_cannot_fail(function):
    assert function().stands
    assert any(mutant().stands for mutant, _ in mutants(function))


def in_place_of(monkeypatch, id, function):
    """Replace the function of a claim's check."""
    real = ledger()[id].check
    monkeypatch.setitem(evidence._bound, id, evidence.Check(function, real.ids, real.slow))


@pytest.mark.parametrize("emptied, error", [
    (lambda: None, "must return Evidence, got None"),
    (lambda: True, "must return Evidence, got True"),
    (lambda: Evidence(True, {}), "evidence without a number is an assertion"),
    (lambda: Evidence(True, {"gap": float("nan")}), "'gap' is NaN"),
    (lambda: Evidence(1.0, {"gap": 1.0}), "stands must be true or false"),
    (lambda: 1 / 0, "ZeroDivisionError"),
])
def test_an_emptied_check_settles_nothing(monkeypatch, emptied, error):
    in_place_of(monkeypatch, "linear-stack-collapses", emptied)
    [result] = run("linear-stack-collapses")
    assert not result.stands and error in result.error
    assert main(["linear-stack-collapses"]) == 1


FALL = {  # what is inverted → some verdicts that rest on it
    ("fold",): ["linear-stack-collapses"],
    ("propagate",): ["right-activation-mitigates-vanish-explode", "vanishing-solved-by-relu",
                     "sigmoid-vanishes-since-output-below-one", "sigmoid-damped-gradients",
                     "elu-identity-eases-vanishing", "identity-is-ideal-activation"],
    ("one_signed",): ["positive-inputs-one-sign-gradient", "whole-matrix-one-sign", "tanh-less-zigzag",
                      "positive-derivative-causes-zigzag"],
    ("sigmoid", "identity"): ["sigmoid-range", "sigmoid-derivative-max-quarter", "softplus-formula",
                              "bounded-functions-saturate", "elish-composition", "tanh-range-zero-centred"],
    ("mish", "relu"): ["mish-minimum-031", "mish-continuous-unlike-relu", "swish-beta-infinity-relu",
                       "relu-gradient-zero-or-one"],
    ("train",): ["nonlinearity-essential", "activation-after-every-layer", "good-init-identity-equals-sigmoid",
                 "bad-init-sigmoid-best", "softmax-only-at-output", "vanishing-is-local-minimum"],
}


@pytest.mark.parametrize("world", [
    pytest.param(world, id="-".join(world), marks=[pytest.mark.slow] * (world == ("train",))) for world in FALL
])
def test_verdicts_fall_where_the_opposite_is_found(world):
    """The lab finds the opposite, or two functions change places: the verdicts that rest on them must notice."""
    with claims_worlds.inverted(*world) if len(world) == 1 else claims_worlds.swapped(*world):
        assert {result.claim.id: result.stands for result in run(*FALL[world])} == dict.fromkeys(FALL[world], False)


# evidence, selection, command


def test_a_claim_has_one_check():
    @check("made-up-1", "made-up-2")
    def first():
        return Evidence(1 < 2, {"one": 1})

    try:
        assert evidence.bound()["made-up-1"].ids == ("made-up-1", "made-up-2")
        with pytest.raises(ValueError, match="made-up-2 has a check already"):
            check("made-up-2")(lambda: Evidence(1 < 2, {"one": 1}))
    finally:
        evidence.unbind("made-up-1"), evidence.unbind("made-up-2")
    with pytest.raises(TypeError, match="name the claims"):
        check()


def test_evidence_prints_every_kind_of_number():
    from actfns.lab import interval, paired

    found = Evidence(np.bool_(True), {"a": 0.5, "b": interval([1.0, 2.0, 3.0]), "c": (0, 1, 2), "d": "none",
                                      "e": paired([1, 2, 3], [1, 1, 1]), "f": np.float32(0.25), "g": np.arange(2)})
    assert found.stands is True
    assert str(found) == ("stands: a 0.5, b 2 [-0.484, 4.48], c 1 [0, 2], d none, e 1 [-1.48, 3.48], f 0.25, g 0, 1")
    assert str(Evidence(False, {"a": 1})) == "FALLS: a 1"


def test_selection():
    with_checks = [claim.id for claim in CLAIMS if claim.check]
    assert [claim.id for claim in select()] == with_checks
    assert [claim.id for claim in select("*")] == with_checks
    assert {claim.topic for claim in select(topic="why-nonlinear")} == {"why-nonlinear"}
    assert {claim.kind for claim in select(kind="math")} == {"math"}
    assert not any(claim.check.slow for claim in select(fast=True))
    slow = next((claim.id for claim in CLAIMS if claim.check and claim.check.slow), None)
    assert slow is None or [claim.id for claim in select(slow, fast=True)] == [slow]
    assert [claim.id for claim in select("linear-stack-*", "linear-stack-collapses")] == ["linear-stack-collapses"]
    for wrong, error in ((dict(topic="tan"), "no topic"), (dict(kind="maths"), "no kind")):
        with pytest.raises(ValueError, match=error):
            select(**wrong)
    with pytest.raises(KeyError, match="no claim is like"):
        select("quantum-*")


def test_a_shared_check_runs_once(monkeypatch):
    claims, calls = CLAIMS[:2], []

    def both():
        calls.append(1)
        return Evidence(len(calls) < 2, {"calls": len(calls)})

    for claim in claims:
        monkeypatch.setitem(evidence._bound, claim.id, evidence.Check(both, tuple(c.id for c in claims)))
    assert [result.stands for result in run(*(claim.id for claim in claims))] == [True, True]


def test_command_runs(capsys):
    assert main(["--numbers", "linear-stack-*"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"stands +true +\d+\.\d s +linear-stack-collapses", out) and "largest difference: " in out
    assert out.endswith("1 of 1 verdicts stand (1 true)\n")


def test_command_tells_a_fallen_verdict(monkeypatch, capsys):
    in_place_of(monkeypatch, "linear-stack-collapses", lambda: Evidence(False, {"gap": 1.0}))
    assert main(["run", "linear-stack-collapses"]) == 1
    out = capsys.readouterr().out
    assert "FALLS" in out and "gap: 1" in out and "1 do not: linear-stack-collapses" in out
    assert main(["show", "linear-stack-collapses"]) == 1
    assert "DOES NOT STAND" in capsys.readouterr().out
    in_place_of(monkeypatch, "linear-stack-collapses", lambda: 1 / 0)
    assert main(["linear-stack-collapses"]) == 1
    out = capsys.readouterr().out
    assert "CRASHED" in out and "ZeroDivisionError" in out


def test_command_explains(capsys):
    assert main(["show", "linear-stack-collapses"]) == 0
    out = capsys.readouterr().out
    claim = ledger()["linear-stack-collapses"]
    for text in (*claim.claim.values(), *claim.correct.values(), *claim.sources, claim.where, "the verdict stands"):
        assert text in out
    assert main(["show", "--lang", "ko", "--no-run", "linear-stack-collapses"]) == 0
    out = capsys.readouterr().out
    assert claim.claim["ko"] in out and claim.claim["en"] not in out and claim.check.compares in out


def test_command_lists(capsys):
    assert main(["list", "--topic", "why-nonlinear", "--kind", "math"]) == 0
    out = capsys.readouterr().out
    assert "true          math        fast  linear-stack-collapses\n" in out
    assert all(" math " in line for line in out.splitlines()[:-1])


@pytest.mark.parametrize("arguments, error", [
    (["linear-stack-colapses"], "near: linear-stack-collapses"),
    (["show", "linear-stack-colapses"], "near: linear-stack-collapses"),
    (["run", "quantum-*"], "no claim is like 'quantum-*'"),
    (["linear-stack-collapses", "--topic", "tanh"], "nothing was chosen"),
])
def test_command_helps_on(arguments, error, capsys):
    assert main(arguments) == 2
    assert error in capsys.readouterr().err


def test_command_of_the_shell():
    done = subprocess.run([sys.executable, "-m", "actfns.claims", "show", "--no-run", "linear-stack-colapses"],
                          capture_output=True, text=True)
    assert done.returncode == 2 and "near: linear-stack-collapses" in done.stderr


def test_the_ledger_is_light():
    code = ("import sys; from actfns.claims import ledger; ledger(); "
            "print({'torch', 'matplotlib', 'pandas', 'sklearn'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_progress(monkeypatch, capsys):
    run("linear-stack-collapses", progress=True)
    assert "claims: 100%" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert [result.stands for result in running.run("linear-stack-collapses", progress=True)] == [True]
