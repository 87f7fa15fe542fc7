"""Figures of the survey, with function names and symbols instead of words: both languages share them."""

from actfns.survey.results import PERIODS, shares

ROLE_MARKS = {"hidden": "", "gate": r" $\odot$", "attention": r" $QK^\top$", "output": r" $\to\hat y$"}
_OTHER = "#d9d9d6"
_READABLE = 0.055  # height of a segment that holds its name


def plot_observation(seen, axes=None):
    """Bars of one `Observation`: a function in its role, as long as its share of the numbers that were made.

    At the end of a bar stands how often the function ran. ⊙ marks a gate, QKᵀ attention, → ŷ the model's output.
    Returns the axes. Raises `ValueError` if the model executed no activation function.
    """
    from actfns.plots import colour, label

    bars = _bars(seen)
    if not bars:
        raise ValueError("there is nothing to draw: the model executed no activation function that can be seen")
    axes = axes or _axes(0.5 + 0.3 * len(bars))
    whole = sum(elements for _, _, _, elements in bars)
    for place, (function, _, calls, elements) in enumerate(bars):
        axes.barh(place, elements / whole, color=colour(function), height=0.7)
        axes.annotate(f"{calls:,}×", (elements / whole, place), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(bars)), [label(function) + ROLE_MARKS[role] for function, role, _, _ in bars])
    axes.invert_yaxis()
    _percent(axes.xaxis, axes.set_xlim, 1.15)
    return axes


def _bars(seen):
    """(function, role, calls, elements), most elements first."""
    found = {}
    for row in seen.rows:
        entry = found.setdefault((row.function or row.operation, row.role), [0, 0])
        entry[0], entry[1] = entry[0] + row.calls, entry[1] + row.elements
    return sorted(((*key, *numbers) for key, numbers in found.items()), key=lambda bar: -bar[3])


def plot_timeline(domain=None, periods=PERIODS, axes=None, most=8):
    """Stacked bars: what part of each period's architectures has which main unit. Returns the axes.

    The ``most`` frequent units have their colours and names, the others are one grey part; under each bar stands how
    many architectures it counts. ``domain`` and ``periods`` as in `shares`.
    """
    from actfns.plots import colour, label

    table = shares(domain, periods)
    axes = axes or _axes(3.4)
    named = list(table.groupby("unit")["count"].sum().sort_values(ascending=False, kind="stable").index[:most])
    for place, (_, part) in enumerate(table.groupby("period", sort=False)):
        heights = part.set_index("unit").share
        bottom = 0.0
        for unit in [*named, None]:
            height = heights.get(unit, 0.0) if unit else 1 - bottom
            _segment(axes, place, bottom, height, label(unit) if unit else "…", colour(unit) if unit else _OTHER)
            bottom += height
    totals = table.groupby("period", sort=False).total.first()
    axes.set_xticks(range(len(totals)), [f"{period}\n$n={total}$" for period, total in totals.items()])
    axes.tick_params(axis="x", length=0)
    _percent(axes.yaxis, axes.set_ylim, 1)
    return axes


def _segment(axes, place, bottom, height, name, shade):
    if height < 1e-9:
        return
    from actfns.plots.colours import luminance

    axes.bar(place, height, 0.86, bottom, color=shade, edgecolor="white", linewidth=0.8)
    if height >= _READABLE:
        ink = "white" if luminance(_rgb(shade)) < 0.3 else "black"
        size = 7.5 if len(name) < 10 else 6
        axes.text(place, bottom + height / 2, name, color=ink, ha="center", va="center", size=size)


def _rgb(shade):
    from matplotlib.colors import to_rgb

    return to_rgb(shade)


def plot_trend(*units, domain=None, periods=PERIODS, axes=None):
    """Lines: the share of some main units by period, with the 95 % interval of `shares`. Returns the axes.

    Raises `ValueError` for a unit that no architecture of the table has.
    """
    from actfns.plots import colour, direct_labels, label

    table = shares(domain, periods)
    if unknown := set(units) - set(table.unit):
        raise ValueError(f"no architecture has {', '.join(unknown)} as main unit; there are "
                         f"{', '.join(dict.fromkeys(table.unit))}")
    axes, places = axes or _axes(3.0), list(dict.fromkeys(table.period))
    for number, unit in enumerate(units):
        part = table[table.unit == unit].set_index("period").reindex(places)
        totals = table.groupby("period", sort=False).total.first()
        low, high = part.low.fillna(0), part.high.fillna(_nothing(totals))
        x, share = [each + 0.06 * number for each in range(len(places))], part.share.fillna(0)
        axes.plot(x, share, "o-", color=colour(unit), label=label(unit))
        axes.vlines(x, low, high, color=colour(unit), alpha=0.4, linewidth=2)
    axes.set_xticks(range(len(places)), places)
    _percent(axes.yaxis, axes.set_ylim, 1)
    direct_labels(axes)
    return axes


def _nothing(totals):
    """Upper end of the Wilson interval for a count of nought."""
    from actfns.survey.results import wilson

    return totals.map(lambda total: wilson(0, total)[1])


def _axes(height):
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(6.2, height))[1]


def _percent(axis, limit, end):
    limit(0, end)
    axis.set_ticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
