// Explorer: a chart with two axes as an SVG drawing, in the colours of the page.
"use strict";

const explorerChart = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const ROOM = { left: 46, right: 10, top: 10, bottom: 24 };

  const shape = (name, properties, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  /** A number as a reader writes it: −0.25, 1e−12. */
  const number = (value, digits = 4) => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
    const [size, short] = [Math.abs(value), Number(value.toPrecision(digits))];
    const text = size && (size < 1e-4 || size >= 1e6) ? short.toExponential().replace("e+", "e") : String(short);
    return text.replaceAll("-", "−");
  };

  /** Round numbers between two ends, at most `most`. */
  const ticks = (low, high, most) => {
    const raw = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= raw);
    const count = Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1;
    return Array.from({ length: count }, (_, k) => (Math.ceil(low / step - 1e-9) + k) * step);
  };

  /** Powers of ten between two ends. */
  const powers = (low, high, most) => {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const step = Math.max(1, Math.ceil((last - first + 1) / most));
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, k) => 10 ** (first + k * step));
  };

  const axis = ({ low, high, log }, from, to) => {
    const along = log ? Math.log10 : (value) => value;
    const scale = (to - from) / (along(high) - along(low));
    return (value) => from + (along(value) - along(low)) * scale;
  };

  /** SVG path of points [x, y] with gaps where y is no number; what is far outside stays just outside. */
  const path = (points, x, y, height) => {
    let [text, open] = ["", false];
    for (const [a, b] of points) {
      const [left, top] = [x(a), y(b)];
      const known = Number.isFinite(left) && !Number.isNaN(top);
      if (known) text += `${open ? "L" : "M"}${left.toFixed(1)} ${Math.min(Math.max(top, -height), 2 * height).toFixed(1)}`;
      open = known;
    }
    return text;
  };

  const grid = (x, y, width, height, most) => {
    const [acrossX, upY] = [axis(x, ROOM.left, width - ROOM.right), axis(y, height - ROOM.bottom, ROOM.top)];
    const parts = [];
    const line = (points, name) => parts.push(shape("path", { class: name, d: points }));
    for (const value of (x.log ? powers : ticks)(x.low, x.high, most)) {
      const left = acrossX(value);
      line(`M${left} ${ROOM.top}V${height - ROOM.bottom}`, value === 0 && !x.log ? "axis" : "grid");
      parts.push(shape("text", { x: left, y: height - 7, class: "below" }, number(value)));
    }
    for (const value of (y.log ? powers : ticks)(y.low, y.high, 6)) {
      const top = upY(value);
      line(`M${ROOM.left} ${top}H${width - ROOM.right}`, value === 0 && !y.log ? "axis" : "grid");
      parts.push(shape("text", { x: ROOM.left - 6, y: top + 4, class: "beside" }, number(value)));
    }
    return parts;
  };

  /**
   * Draw into `frame` (replaced as a whole). `series`: [{ points, light, dark, dash, faint }]; `x`, `y`: { low, high, log };
   * `marks`: [{ x, y, … }] dots; `at`: x of a vertical line. Returns the function from pixels to x.
   */
  const draw = (frame, { series, x, y, marks = [], at, label, height = 320 }) => {
    const width = Math.max(frame.clientWidth, 240);
    const [acrossX, upY] = [axis(x, ROOM.left, width - ROOM.right), axis(y, height - ROOM.bottom, ROOM.top)];
    const clip = `clip-${frame.id}`;
    const inner = { x: ROOM.left, y: ROOM.top, width: width - ROOM.left - ROOM.right, height: height - ROOM.top - ROOM.bottom };
    const looks = ({ light, dark }) => `--light:${light};--dark:${dark}`;
    const lines = series.map((one) => shape("path", {
      class: one.faint ? "curve faint" : "curve", style: looks(one), d: path(one.points, acrossX, upY, height),
      "stroke-dasharray": one.faint ? "1 5" : one.dash,
    }));
    if (at !== undefined) lines.unshift(shape("path", { class: "reading", d: `M${acrossX(at)} ${ROOM.top}V${height - ROOM.bottom}` }));
    const dots = marks.filter((mark) => Number.isFinite(upY(mark.y)) && Number.isFinite(acrossX(mark.x)))
      .map((mark) => shape("circle", { class: "mark", style: looks(mark), cx: acrossX(mark.x), cy: upY(mark.y), r: 4 }));
    frame.replaceChildren(shape(
      "svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
      shape("clipPath", { id: clip }, shape("rect", inner)),
      ...grid(x, y, width, height, width < 420 ? 5 : 10),
      shape("g", { "clip-path": `url(#${clip})` }, ...lines, ...dots),
    ));
    return (pixel) => {
      const share = (pixel - ROOM.left) / inner.width;
      return x.log ? x.low * (x.high / x.low) ** share : x.low + share * (x.high - x.low);
    };
  };

  return { draw, number };
})();
