// Explorer: sliders, choices and lists.
"use strict";

const explorerControls = (() => {
  const words = explorerFacts.words;
  const { number } = explorerChart;
  let count = 0;

  const element = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  };

  /** "Remove {}" with its gaps filled. */
  const filled = (text, ...parts) => parts.reduce((said, part) => said.replace("{}", part), text);

  /** Colour and dashes of a function; of two that look alike the later one gets dashes of its own. */
  const looks = (id, chosen) => {
    const { light, dark, dash } = explorerFacts.functions[id];
    const before = chosen.slice(0, chosen.findIndex((one) => one.id === id)).map((one) => explorerFacts.functions[one.id]);
    const alike = before.some((other) => other.light === light && other.dash === dash);
    return { light, dark, dash: alike ? "10 5" : dash };
  };

  /** A slider with its label and value: { box, set(value) }. With `log` equal steps multiply. */
  const slider = ({ label, low, high, step = 0.01, log = false, spoken = label, change }) => {
    const id = `explorer-slider-${(count += 1)}`;
    const [from, to] = log ? [Math.log10(low), Math.log10(high)] : [low, high];
    const value = (place) => (log ? Number((10 ** place).toPrecision(3)) : Number((Math.round(place / step) * step).toFixed(6)));
    const input = element("input", { type: "range", id, min: from, max: to, step: log ? 0.01 : step, "aria-label": spoken });
    const output = element("output", { for: id });
    const say = (now) => {
      output.textContent = number(now);
      input.setAttribute("aria-valuetext", number(now));
    };
    input.addEventListener("input", () => {
      const now = value(Number(input.value));
      say(now);
      change(now);
    });
    const box = element("div", { class: "explorer-slider" }, element("label", { for: id }, label), input, output);
    const set = (now) => {
      const place = log ? Math.log10(now) : now;
      if (Math.abs(Number(input.value) - place) > (log ? 0.005 : step / 2)) input.value = place;
      say(now);
    };
    return { box, input, set };
  };

  /** One of several, as a row of buttons that are radio buttons: { box, set(value) }. */
  const choice = (label, options, change) => {
    const name = `explorer-choice-${(count += 1)}`;
    const inputs = Object.entries(options).map(([value, text]) => {
      const input = element("input", { type: "radio", name, value, onchange: () => change(value) });
      return [input, element("label", {}, input, element("span", {}, text))];
    });
    const box = element("fieldset", { class: "explorer-choice" }, element("legend", {}, label), ...inputs.map(([, text]) => text));
    const set = (value) => inputs.forEach(([input]) => (input.checked = input.value === value));
    return { box, set };
  };

  const check = (label, change) => {
    const input = element("input", { type: "checkbox", onchange: () => change(input.checked) });
    return { box: element("label", { class: "explorer-check" }, input, label), set: (value) => (input.checked = value) };
  };

  /** A table: headings of columns, then rows that begin with their own heading. */
  const table = (caption, columns, rows) => {
    const head = element("tr", {}, ...columns.map((text) => element("th", { scope: "col" }, text)));
    const body = rows.map(([first, ...rest]) =>
      element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((text) => element("td", {}, text))));
    const made = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body));
    return element("div", { class: "explorer-frame", role: "region", tabindex: 0, "aria-label": caption }, made);
  };

  return { words, element, filled, looks, slider, choice, check, table };
})();
