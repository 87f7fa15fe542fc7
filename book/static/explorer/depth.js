// Explorer: what becomes of mean, variance and gradient on the way through many layers.
"use strict";

const explorerDepth = (() => {
  const { words, element, filled, looks, slider, table } = explorerControls;
  const { state, change, values, listen, LIMITS } = explorerState;
  const { number } = explorerChart;
  const SMALL = 1e-16;
  const named = (id) => explorerFacts.functions[id].name;
  const titles = { mean: words.means, variance: words.variances, signal: words.signals };
  const frames = Object.fromEntries(Object.keys(titles).map((key) =>
    [key, element("div", { class: "explorer-chart", id: `explorer-${key}` })]));
  const outcome = element("div");
  const memory = new Map(); // averages are the slow part; a function that stands still needs them once

  const signals = (one) => {
    const key = JSON.stringify([one.id, values(one), state.gain, state.q, state.layers]);
    if (!memory.has(key)) {
      if (memory.size > 60) memory.clear();
      memory.set(key, explorerMaths.signals(explorerMaths.curvesOf(one.id, values(one)), state));
    }
    return memory.get(key);
  };

  /** A word for what is left of the gradient at the first layer. */
  const verdict = (signal) => {
    if (!(signal < 1e3)) return words.explodes;
    if (signal < 1e-3) return words.vanishes;
    return signal < 0.5 ? words.falls : signal > 2 ? words.grows : words.holds;
  };

  const limits = (key, rows) => {
    const found = rows.flat().map((row) => row[key]).filter(Number.isFinite);
    if (key === "mean") {
      const [low, high] = [Math.max(Math.min(...found, -0.1), -10), Math.min(Math.max(...found, 0.1), 10)];
      return { low: low - 0.08 * (high - low), high: high + 0.08 * (high - low) };
    }
    const sizes = found.filter((value) => value > 0);
    return { low: Math.max(Math.min(...sizes, 0.1) / 2, SMALL), high: Math.min(Math.max(...sizes, 10) * 2, 1 / SMALL), log: true };
  };

  const draw = () => {
    const rows = state.functions.map(signals);
    const x = { low: 1, high: state.layers };
    for (const [key, frame] of Object.entries(frames)) {
      const series = rows.map((layers, k) => ({
        ...looks(state.functions[k].id, state.functions), points: layers.map((row, l) => [l + 1, row[key]]),
      }));
      const ends = rows.map((layers, k) =>
        filled(words.ends, named(state.functions[k].id), number(layers[0][key], 2), number(layers[layers.length - 1][key], 2)));
      const label = filled(words.depthchart, titles[key], state.layers, ends.join("; "));
      explorerChart.draw(frame, { series, x, y: limits(key, rows), label, height: 210 });
    }
    const said = rows.map((layers, k) => {
      const last = layers[layers.length - 1];
      const { signal } = layers[0];
      const numbers = [last.mean, last.variance, signal].map((value) => number(value, 3));
      return [named(state.functions[k].id), verdict(signal), ...numbers];
    });
    const columns = [words.function, words.verdict, words.average, words.variance, words.signal];
    outcome.replaceChildren(table(filled(words.atend, state.layers), columns, said));
  };

  const presets = element("div", { class: "explorer-presets", role: "group", "aria-label": words.presets });

  /** Buttons for well-known gains, and for the one that each chosen function asks for. */
  const offer = () => {
    const own = state.functions.map((one) => [one, explorerMaths.averages(explorerMaths.curvesOf(one.id, values(one))).second]);
    const wanted = own.map(([one, second]) => [filled(words.own, named(one.id)), 1 / Math.sqrt(second)]);
    const all = [[words.one, 1], [words.he, Math.SQRT2], ...wanted];
    const fits = all.filter(([, gain]) => gain >= LIMITS.gain[0] && gain <= LIMITS.gain[1]);
    presets.replaceChildren(element("span", {}, words.presets), ...fits.map(([text, gain]) =>
      element("button", { type: "button", onclick: () => change((to) => (to.gain = Number(gain.toFixed(4)))) }, text)));
  };

  /** A slider that moves one entry of the state. */
  const bar = (key, label, how) => slider({
    label, low: LIMITS[key][0], high: LIMITS[key][1], ...how, change: (value) => change((now) => (now[key] = value)),
  });

  const build = (place) => {
    const bars = {
      gain: bar("gain", words.gainslider, { step: 0.01 }),
      q: bar("q", words.first, { log: true }),
      layers: bar("layers", words.layers, { step: 1 }),
    };
    const figures = Object.entries(frames).map(([key, frame]) =>
      element("figure", {}, element("figcaption", {}, titles[key]), frame));
    const names = element("p", { class: "explorer-key" });
    place.replaceChildren(element("div", { class: "explorer-sliders" }, ...Object.values(bars).map(({ box }) => box)),
      presets, names, element("div", { class: "explorer-figures" }, ...figures), outcome);
    let asked = null;
    const later = () => (asked ??= requestAnimationFrame(() => {
      asked = null;
      draw();
    }));
    const update = () => {
      for (const [key, bar] of Object.entries(bars)) bar.set(state[key]);
      later();
    };
    const rename = () => {
      names.replaceChildren(...state.functions.map(({ id }) => {
        const { light, dark } = looks(id, state.functions);
        return element("span", { style: `--light:${light};--dark:${dark}` }, element("span", { class: "explorer-swatch" }), named(id));
      }));
      offer();
    };
    listen(update, ["functions", "gain", "q", "layers"]);
    listen(rename, ["functions"]);
    new ResizeObserver(later).observe(place);
    update();
    rename();
  };

  return { build };
})();
