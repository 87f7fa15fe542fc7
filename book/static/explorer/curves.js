// Explorer: the functions chosen, their curves, their sliders.
"use strict";

const explorerCurves = (() => {
  const { words, element, filled, looks, slider, choice, check, table } = explorerControls;
  const { state, change, values, MOST, LIMITS } = explorerState;
  const { number } = explorerChart;
  const POINTS = 600;
  const named = (id) => explorerFacts.functions[id].name;
  const curve = (one) => explorerMaths.curvesOf(one.id, values(one))[state.show];

  // ---- from a function to points

  /** Whether the change between two places is a jump: halving the gap again and again leaves it. */
  const jumps = (g, low, high) => {
    const whole = Math.abs(g(high) - g(low));
    for (let k = 0; k < 30; k += 1) {
      const middle = (low + high) / 2;
      if (Math.abs(g(middle) - g(low)) > Math.abs(g(high) - g(middle))) high = middle;
      else low = middle;
    }
    return Math.abs(g(high) - g(low)) > 0.5 * whole;
  };

  /** Points of g on places in ascending order, with a gap at each jump. */
  const sample = (g, places, height) => {
    const points = [];
    places.forEach((x, k) => {
      const y = g(x);
      const before = k && points[points.length - 1][1];
      if (k && Math.abs(y - before) > 0.02 * height && jumps(g, places[k - 1], x)) points.push([x, NaN]);
      points.push([x, y]);
    });
    return points;
  };

  const linear = (reach) => Array.from({ length: POINTS + 1 }, (_, k) => (2 * k / POINTS - 1) * reach);
  const spread = (reach) => Array.from({ length: POINTS / 2 + 1 }, (_, k) => reach * 10 ** (-4 + (8 * k) / POINTS));

  const quantile = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];

  /** The part of the vertical axis worth seeing. */
  const heights = (all) => {
    const found = all.filter(Number.isFinite).sort((a, b) => a - b);
    if (state.logy) {
      const sizes = found.map(Math.abs).filter((size) => size > 0).sort((a, b) => a - b);
      if (!sizes.length) return { low: 0.1, high: 1, log: true };
      const high = Math.min(quantile(sizes, 1), 1e12) * 1.5;
      return { low: Math.max(quantile(sizes, 0.02) / 2, high * 1e-14), high, log: true };
    }
    if (!found.length) return { low: 0, high: 1 };
    const most = state.show === "f" ? 0.8 * state.reach : Math.max(1.5, 2 * quantile(found, 0.9));
    const least = state.show === "f" ? -0.6 * state.reach : Math.min(-1, 2 * quantile(found, 0.1));
    const [low, high] = [Math.max(Math.min(found[0], 0), least), Math.min(Math.max(found[found.length - 1], 0.5), most)];
    return { low: low - 0.06 * (high - low), high: high + 0.06 * (high - low) };
  };

  // ---- the picture

  const graph = element("div", { class: "explorer-chart", id: "explorer-graph" });
  const note = element("p", { class: "explorer-note" });
  const values_ = element("details", { class: "explorer-values" }, element("summary", {}, words.table));
  let toX = null;

  const draw = () => {
    const { reach, logx, logy, at, show } = state;
    const size = logy ? Math.abs : (y) => y;
    const scale = show === "f" ? reach : 2;
    const series = state.functions.flatMap((one) => {
      const g = curve(one);
      if (!logx) return [{ ...looks(one.id, state.functions), points: sample((x) => size(g(x)), linear(reach), scale) }];
      const places = spread(reach);
      return [
        { ...looks(one.id, state.functions), points: sample((x) => size(g(x)), places, scale) },
        { ...looks(one.id, state.functions), points: sample((x) => size(g(-x)), places, scale), faint: true },
      ];
    });
    const y = heights(series.flatMap(({ points }) => points.map((point) => point[1])));
    const x = logx ? { low: reach * 1e-4, high: reach, log: true } : { low: -reach, high: reach };
    const spot = logx ? Math.max(Math.abs(at), x.low) : at;
    const marks = state.functions.map((one) => ({ ...looks(one.id, state.functions), x: spot, y: size(curve(one)(at)) }));
    const names = state.functions.map(({ id }) => named(id)).join(", ") || words.none;
    const label = filled(words.chart, words.spoken[show], names, number(-reach), number(reach));
    toX = explorerChart.draw(graph, { series, x, y, marks, at: spot, label, height: graph.clientWidth < 420 ? 260 : 340 });
    note.textContent = logx ? words.negative : "";
    fillTable();
  };

  const fillTable = () => {
    if (!values_.open) return;
    const places = [-1, -0.5, -0.2, 0, 0.2, 0.5, 1].map((share) => share * state.reach);
    const rows = state.functions.map((one) => [named(one.id), ...places.map((x) => number(curve(one)(x)))]);
    const made = table(words.orders[state.show], [words.function, ...places.map((x) => `x = ${number(x)}`)], rows);
    values_.replaceChildren(values_.firstElementChild, made);
  };
  values_.addEventListener("toggle", fillTable);

  /** Read values where the pointer is. */
  const point = (event) => {
    if (event.type === "pointermove" && event.pointerType === "touch" && !event.buttons) return;
    const x = toX(event.clientX - graph.getBoundingClientRect().left);
    const near = Math.min(Math.max(x, -state.reach), state.reach);
    change((now) => (now.at = Number(near.toPrecision(3))));
  };
  graph.addEventListener("pointermove", point);
  graph.addEventListener("pointerdown", point);

  // ---- the functions chosen

  const list = element("ul", { class: "explorer-list" });
  const said = element("p", { class: "explorer-note", role: "status" });
  let shown = [];

  /** Move one parameter, unless the function forbids that value beside the others. */
  const moveParameter = (one, name, value) => change((now) => {
    const chosen = now.functions.find(({ id }) => id === one.id);
    const { needs, params, name: title } = explorerFacts.functions[one.id];
    const all = { ...Object.fromEntries(params.map(([key, , standard]) => [key, standard])), ...chosen.params, [name]: value };
    const sound = !needs || { "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b }[needs[1]](all[needs[0]], all[needs[2]]);
    const symbols = Object.fromEntries(params.map(([key, symbol]) => [key, symbol]));
    said.textContent = sound ? "" : filled(words.needs, title, needs.map((part) => symbols[part] ?? part).join(" "));
    if (sound) chosen.params[name] = value;
  });

  const item = (one) => {
    const { name, card, params, light, dark } = explorerFacts.functions[one.id];
    const output = element("output", { class: "explorer-value" });
    const sliders = params.map(([key, symbol, , low, high, step]) => {
      const made = slider({ label: symbol, spoken: `${name}: ${symbol}`, low, high, step, change: (value) => moveParameter(one, key, value) });
      return [key, made];
    });
    const remove = element("button", { type: "button", class: "explorer-remove", "aria-label": filled(words.remove, name),
      title: filled(words.remove, name), onclick: () => toggle(one.id) }, "×");
    const reset = element("button", { type: "button", class: "explorer-reset",
      onclick: () => change((now) => (now.functions.find(({ id }) => id === one.id).params = {})) }, words.reset);
    const head = element("div", { class: "explorer-head" }, element("span", { class: "explorer-swatch", "aria-hidden": "true" }),
      element("a", { href: card, title: filled(words.card, name) }, name), output, remove);
    const box = element("li", { style: `--light:${light};--dark:${dark}` }, head);
    if (sliders.length) {
      const inside = element("div", { class: "explorer-sliders" }, ...sliders.map(([, made]) => made.box), reset);
      const many = sliders.length > 3;
      box.append(many ? element("details", {}, element("summary", {}, params.map(([, symbol]) => symbol).join(", ")), inside) : inside);
    }
    const update = () => {
      const now = state.functions.find(({ id }) => id === one.id);
      output.textContent = `${words.orders[state.show].replace("(x)/x", "/x")} = ${number(curve(now)(state.at))}`;
      params.forEach(([key, , standard], k) => sliders[k][1].set(now.params[key] ?? standard));
      reset.hidden = !Object.keys(now.params).length;
    };
    return { id: one.id, box, update };
  };

  const toggle = (id) => change((now) => {
    const without = now.functions.filter((one) => one.id !== id);
    const fresh = without.length === now.functions.length;
    said.textContent = fresh && without.length >= MOST ? filled(words.full, MOST) : "";
    if (fresh && without.length < MOST) without.push({ id, params: {} });
    now.functions = without.slice(0, MOST);
  });

  const updateList = () => {
    if (shown.map(({ id }) => id).join() !== state.functions.map(({ id }) => id).join()) {
      shown = state.functions.map((one) => shown.find(({ id }) => id === one.id) ?? item(one));
      list.replaceChildren(...shown.map(({ box }) => box));
      for (const button of results.children) button.setAttribute("aria-pressed", String(shown.some(({ id }) => id === button.dataset.id)));
    }
    for (const { update } of shown) update();
  };

  // ---- finding more

  const results = element("div", { class: "explorer-results", role: "group", "aria-label": words.add });
  for (const [id, { name, family, light, dark }] of Object.entries(explorerFacts.functions)) {
    results.append(element("button", { type: "button", "data-id": id, title: family, "aria-pressed": "false",
      style: `--light:${light};--dark:${dark}`, onclick: () => toggle(id) }, name));
  }
  const found = element("span", { class: "explorer-note", role: "status" });
  const search = () => {
    const asked = input.value.trim().toLowerCase();
    const fits = ({ search: text, family }) => `${text} ${family.toLowerCase()}`.includes(asked);
    for (const button of results.children) button.hidden = !fits(explorerFacts.functions[button.dataset.id]);
    const left = [...results.children].filter((button) => !button.hidden);
    found.textContent = asked ? (left.length ? filled(words.found, left.length) : words.nothing) : "";
    return left;
  };
  const input = element("input", { type: "search", id: "explorer-search", placeholder: words.hint, autocomplete: "off",
    oninput: search, onkeydown: (event) => {
      const first = event.key === "Enter" && input.value.trim() && search().find((button) => button.getAttribute("aria-pressed") !== "true");
      if (first) first.click();
    } });

  /** Build the part. */
  const build = (place) => {
    const show = choice(words.show, words.orders, (value) => change((now) => (now.show = value)));
    const reach = slider({ label: words.reach, low: LIMITS.reach[0], high: LIMITS.reach[1], log: true,
      change: (value) => change((now) => {
        now.reach = value;
        now.at = Math.min(Math.max(now.at, -value), value);
      }) });
    const logx = check(words.logx, (value) => change((now) => (now.logx = value)));
    const logy = check(words.logy, (value) => change((now) => (now.logy = value)));
    const at = slider({ label: words.at, low: -1, high: 1, step: 0.01, change: (value) => change((now) => (now.at = value)) });
    const copied = element("span", { class: "explorer-note", role: "status" });
    const copy = element("button", { type: "button", class: "explorer-copy", onclick: async () => {
      const here = location.href.split(/[?#]/)[0] + explorerState.address(state);
      try {
        await navigator.clipboard.writeText(here);
        copied.textContent = words.copied;
      } catch {
        copied.textContent = words.uncopied;
      }
    } }, words.copy);
    place.replaceChildren(
      element("div", { class: "explorer-bar" }, show.box, logx.box, logy.box),
      graph, note,
      element("div", { class: "explorer-sliders" }, at.box, reach.box),
      list, said,
      element("div", { class: "explorer-add" }, element("label", { for: "explorer-search" }, words.add), input, found),
      results, values_,
      element("div", { class: "explorer-share" }, copy, copied),
    );
    const update = () => {
      show.set(state.show);
      reach.set(state.reach);
      logx.set(state.logx);
      logy.set(state.logy);
      [at.input.min, at.input.max, at.input.step] = [-state.reach, state.reach, "any"];
      at.set(state.at);
      updateList();
      draw();
    };
    explorerState.listen(update, ["functions", "show", "reach", "logx", "logy", "at"]);
    new ResizeObserver(draw).observe(place);
    update();
  };

  return { build };
})();
