"""The table of architectures, its record, and what is told of both."""

import re
import sys

import matplotlib.pyplot as plt
import pytest

from actfns import catalog, lab, survey
from actfns.survey import __main__ as command
from actfns.survey import executing, libraries
from actfns.survey.building import build
from actfns.survey.results import wilson

OURS = [(row.id, each["model"]) for row in survey.backbones() for each in row.models
        if each["model"].split(":")[0] in ("ours", "torch")]


def test_the_table_is_whole():
    rows = survey.backbones()
    assert len(rows) >= 123 and len({row.id for row in rows}) == len(rows)
    for row in rows:
        assert 1990 <= row.year <= 2026 and re.fullmatch(r"[a-z0-9_]+", row.id), row.id
        for name in ("name", "domain", "hidden", "gate", "attention", "output", "parameters", "paper"):
            assert isinstance(getattr(row, name), str) and getattr(row, name), (row.id, name)
        assert not row.arxiv or re.fullmatch(r"\d{4}\.\d{4,5}", row.arxiv), row.id
        assert row.models or row.sources, row.id
        assert all(set(model) <= {"model", "options", "inputs"} for model in row.models)
    assert len([row for row in rows if row.models]) >= 110
    noted = [row for row in rows if row.notes_row]
    assert len(noted) == 11 and sum(row.notes_row["verdict"].startswith("wrong") for row in noted) == 2
    assert all(row.main in catalog for row in rows if not row.models)
    assert survey.table().shape == (len(rows), 11)
    with pytest.raises(KeyError, match="resnet"):
        survey.backbones("resnets")


@pytest.mark.parametrize("row, model", OURS)
def test_our_own_models_reproduce_the_record(row, model):
    """The selection that runs everywhere: it needs torch alone."""
    (recorded,) = lab.record("backbones").select(row=row, model=model)
    found = executing.execute(row, model)
    for what in ("counts", "roles", "elements", "parameters", "modules", "cannot_see"):
        assert found[what] == recorded["result"][what], what


def test_own_models_have_the_published_sizes():
    sizes = {model: lab.record("backbones").values("parameters", row=row, model=model) for row, model in OURS}
    assert (sizes["ours:dcgan_generator"], sizes["ours:dcgan_discriminator"]) == (3_576_704, 2_765_568)
    assert sizes["ours:nerf"] == 595_844  # of the authors' code
    assert sizes["ours:palm"] == pytest.approx(540e9, rel=0.001)  # of the papers
    assert lab.record("backbones").values("parameters", row="gpt3", model="transformers:GPT2Model") == pytest.approx(
        175e9, rel=0.005)


def test_the_record_is_of_this_table():
    record = lab.record("backbones")
    assert [cell["cell"] for cell in record.cells] == executing.grid()
    assert len({cell["cell"]["row"] for cell in record.cells}) >= 110
    for cell in record.cells:
        result = cell["result"]
        assert result["versions"]["torch"] and result["parameters"] > 0 and result["counts"], cell["cell"]
        assert {role: set(found) for role, found in result["roles"].items()} == {
            role: set(found) for role, found in result["elements"].items()}
    known = [("googlenet", "torchvision:googlenet", {"relu": 57}), ("nin", "pytorchcv:nin_cifar10", {"relu": 9}),
             ("senet", "timm:seresnet50", {"relu": 65, "sigmoid": 16}),
             ("mobilenet_v1", "timm:mobilenetv1_100", {"hardtanh[0,6]": 27}),
             ("nemotron4", "transformers:NemotronForCausalLM", {"softmax": 32, "relu": 32, "pow[2]": 32}),
             ("gru", "torch:GRU", {"sigmoid": 10, "tanh": 5})]
    for row, model, counts in known:
        assert record.select(row=row, model=model)[0]["result"]["counts"] == counts
    assert record.values("modules", row="googlenet", model="torchvision:googlenet") == 0
    assert record.values("modules", row="resnet", model="torchvision:resnet50") == 17


def test_main_functions():
    table = survey.main()
    assert list(table.index) == [row.id for row in survey.backbones()]
    units = {"alexnet": "relu", "mobilenet_v2": "relu6", "efficientnet": "silu", "bert": "gelu", "gpt2": "gelu",
             "gemma": "geglu", "llama": "swiglu", "gpt_oss": "swiglu", "apertus": "xielu", "siren": "sine",
             "nemotron4": "squared_relu", "zfnet": "relu", "dac": "snake"}
    assert table.unit[list(units)].to_dict() == units
    assert set(table.unit) <= set(catalog)
    ran = table[table.share.notna()]
    assert ran.share.between(0.2, 1).all() and ran.role.isin(["hidden", "gate"]).all()
    assert set(table[table.share.isna()].known_from) <= {"source", "paper"}
    runs = survey.executed()
    assert set(ran.index) == set(runs.row) and (runs.calls > 0).all() and (runs.elements > 0).all()


def test_shares_and_their_intervals():
    table = survey.shares()
    assert table.groupby("period").share.sum().round(9).eq(1).all()
    assert (table.low < table.share).all() and (table.share < table.high + 1e-12).all()
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Wilson (1927)
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    only = survey.shares("language", [(2023, 2026)])
    rows = survey.main().query("domain == 'language' and year >= 2023")
    assert dict(zip(only.unit, only["count"])) == rows.unit.value_counts().to_dict()
    with pytest.raises(ValueError, match="vision"):
        survey.shares("visions")


def test_figures():
    axes = survey.plot_timeline()
    assert [text.get_text().split("\n")[0] for text in axes.get_xticklabels()][0] == "2012–14"
    tops = {}
    for bar in axes.patches:
        tops[round(bar.get_x(), 3)] = max(tops.get(round(bar.get_x(), 3), 0), bar.get_y() + bar.get_height())
    assert len(tops) == 7 and all(top == pytest.approx(1) for top in tops.values())
    axes = survey.plot_trend("relu", "swiglu", domain="language")
    relu = survey.shares("language").query("unit == 'relu'").set_index("period").share
    drawn = dict(zip((tick.get_text() for tick in axes.get_xticklabels()), axes.lines[0].get_ydata()))
    assert {period: drawn[period] for period in relu.index} == relu.to_dict()
    with pytest.raises(ValueError, match="swiglu"):
        survey.plot_trend("swigloo")
    plt.close("all")


def test_the_figure_of_a_model():
    module, inputs, _ = build("torch:LSTM", {"input_size": 4, "hidden_size": 6}, [5, 2, 4], "cpu")
    axes = survey.observe(module, *inputs).plot()
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([15 / 25, 10 / 25])
    assert [text.get_text() for text in axes.texts] == ["15×", "10×"]
    assert axes.get_yticklabels()[0].get_text() == r"Sigmoid $\odot$"
    linear, inputs, _ = build("torch:Linear", {"in_features": 2, "out_features": 3}, [5, 2])
    with pytest.raises(ValueError, match="no activation function"):
        survey.observe(linear, *inputs).plot()
    plt.close("all")


def test_the_command_compares_with_the_record(capsys, monkeypatch):
    assert command.main(["run", "nerf", "gru"]) == 0
    assert "nerf  ours:nerf  same  relu 10" in (told := capsys.readouterr().out)
    assert told.splitlines()[-1].startswith("2 rows, ") and told.splitlines()[-1].endswith(" same")
    wrong = {("nerf", "ours:nerf"): {**executing.execute("nerf", "ours:nerf"), "counts": {"relu": 3}}}
    known = command._recorded()
    monkeypatch.setattr(command, "_recorded", lambda: wrong)
    assert command.main(["run", "nerf"]) == 1
    assert "counts: the record has {'relu': 3}, here {'relu': 10, 'sigmoid': 1}" in capsys.readouterr().out
    written = []
    monkeypatch.setattr(command, "write", lambda made, path: written.append((made, path.name)))
    monkeypatch.setattr(command, "_recorded", lambda: {**known, **wrong})
    assert command.main(["run", "nerf", "--update"]) == 0
    ((made, name),) = written
    assert name == "backbones.json" and made.cells == lab.record("backbones").cells
    assert command.main(["run", "resnets"]) == 1
    assert "near: resnet" in capsys.readouterr().err


def test_what_is_missing_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "timm", None)
    monkeypatch.setattr(libraries, "_torchvision", lambda: None)
    assert command.main(["run", "xception"]) == 1
    assert "python -m actfns.survey install" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    assert command.main(["install"]) == 1
    assert "requirements-survey.txt is not here" in capsys.readouterr().err
    (tmp_path / command.REQUIREMENTS).write_text("# models\none==1\nother==2\n")
    monkeypatch.setattr(command, "_pip", lambda target, *what: what == ("one==1",))
    assert command.main(["install"]) == 0  # what can be installed is
    assert "not installed: other==2;" in capsys.readouterr().err
    monkeypatch.setattr(command, "_pip", lambda target, *what: False)
    assert command.main(["install"]) == 1
    with pytest.raises(ValueError, match="timm"):
        build("tim:vgg16")
    with pytest.raises(KeyError, match="torchvision:alexnet"):
        executing.execute("alexnet", "timm:alexnet")


def test_cost_inside_networks():
    record = lab.record("activation_cost")
    script = lab.records.script("activation_cost")
    assert record.parameters["network"] == list(script.NETWORKS)
    live = script.measure_cell("mobile", rounds=2, repeats=1)
    recorded = record.select(network="mobile")[0]["result"]
    assert live["memory"] == recorded["memory"] and live["parameters"] == recorded["parameters"]
    assert min(live["step"]["mish"]) > 1.2 and min(recorded["step"]["mish"]) > 1.2
    for network in script.NETWORKS:
        memory = record.select(network=network)[0]["result"]["memory"]
        assert memory["relu"] < 1.05 < 1.2 < memory["silu"] == memory["gelu"] == memory["mish"]
