// Surfaces to turn: the data of `actfns.plots.turnable`, drawn in the place of their picture. Works from file://.
// The picture stays for print and for readers without scripts.
(() => {
  "use strict";

  const TEXTS = {
    en: {
      kind: "surface to turn",
      hint: "Drag to turn, or use the arrow keys; Home brings the first view back.",
      left: "Turn left", right: "Turn right", up: "Look from higher up", down: "Look from lower down", home: "First view",
      view: (turn, rise) => `turned ${turn}°, seen from ${rise}° above`,
    },
    ko: {
      kind: "돌려 보는 곡면",
      hint: "끌거나 화살표 키를 눌러 돌려 보자. Home 키를 누르면 처음 방향으로 돌아간다.",
      left: "왼쪽으로 돌리기", right: "오른쪽으로 돌리기", up: "더 위에서 보기", down: "더 아래에서 보기", home: "처음 방향",
      view: (turn, rise) => `${turn}° 돌려 ${rise}° 위에서 본 모습`,
    },
  };
  const text = TEXTS[document.documentElement.lang] ?? TEXTS.en;
  const HEIGHT = 1.25; // of the box; its floor is 2 wide
  const LIGHT = [-0.55, -0.35, 0.76]; // right, away, up
  const NARROWEST = 155; // pixels for one surface, before they go below one another
  const STEP = 5; // degrees for a key
  const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  const element = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // ---- geometry, as in actfns/plots/turnable.py

  const placer = ([turn, rise]) => {
    const [ct, st, cr, sr] = [Math.cos(turn), Math.sin(turn), Math.cos(rise), Math.sin(rise)];
    return (x, y, z) => [x * ct - y * st, (x * st + y * ct) * sr + (z - 0.5) * HEIGHT * cr];
  };

  /** Part of a cell below the ceiling, heights above 1 cut off. */
  const cutCell = (corners, heights) => corners.flatMap((p, k) => {
    const [low, high, q] = [heights[k], heights[(k + 1) % 4], corners[(k + 1) % 4]];
    const share = (1 - low) / (high - low);
    const crossing = low < 1 !== high < 1 ? [[p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])]] : [];
    return low <= 1 ? [p, ...crossing] : crossing;
  });

  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  /** Colour of a height from 0 to 1, made lighter or darker. */
  const shaded = (stops, share, light) => {
    const at = clamp(share, 0, 1) * (stops.length - 1);
    const [k, rest] = [Math.min(Math.floor(at), stops.length - 2), at - Math.min(Math.floor(at), stops.length - 2)];
    return stops[k].map((part, c) => clamp(Math.round((part + rest * (stops[k + 1][c] - part)) * light), 0, 255));
  };

  const counted = (count, backwards) => Array.from({ length: count }, (_, k) => (backwards ? count - 1 - k : k));

  const drawSurface = (pen, z, stops, view, to) => {
    const place = placer(view);
    const [rows, columns] = [z.length, z[0].length];
    const points = z.map((row, i) => row.map((height, j) =>
      to(place((2 * i) / (rows - 1) - 1, (2 * j) / (columns - 1) - 1, height))));
    const [ct, st] = [Math.cos(view[0]), Math.sin(view[0])];
    const light = [LIGHT[0] * ct + LIGHT[1] * st, LIGHT[1] * ct - LIGHT[0] * st];
    for (const i of counted(rows - 1, st > 0)) { // the farthest first
      for (const j of counted(columns - 1, ct > 0)) {
        const spots = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const h = spots.map(([a, b]) => z[a][b]);
        if (Math.min(...h) >= 1) continue;
        const cell = spots.map(([a, b]) => points[a][b]);
        const shape = Math.max(...h) > 1 ? cutCell(cell, h) : cell;
        const along = [(h[1] + h[2] - h[0] - h[3]) * (rows - 1), (h[2] + h[3] - h[0] - h[1]) * (columns - 1)]
          .map((rise) => (rise * HEIGHT) / 4);
        const cosine = (LIGHT[2] - along[0] * light[0] - along[1] * light[1]) / Math.hypot(1, ...along);
        const mean = h.reduce((sum, height) => sum + Math.min(height, 1), 0) / 4;
        const colour = shaded(stops, mean, 0.75 + 0.35 * Math.abs(cosine));
        pen.fillStyle = `rgb(${colour})`;
        pen.strokeStyle = `rgb(${colour.map((part) => Math.round(0.8 * part))})`;
        pen.beginPath();
        shape.forEach((p, k) => (k ? pen.lineTo(...p) : pen.moveTo(...p)));
        pen.closePath();
        pen.fill();
        pen.stroke();
      }
    }
  };

  /** Floor, grid lines on the two far walls, numbers and names. */
  const drawBox = (pen, data, view, to, inks) => {
    const place = (...point) => to(placer(view)(...point));
    const far = [Math.sin(view[0]) > 0 ? 1 : -1, Math.cos(view[0]) > 0 ? 1 : -1];
    const ends = [[far[0], -far[1]], [-far[0], far[1]]].sort((p, q) => place(...p, 0)[0] - place(...q, 0)[0]);
    const line = (...points) => {
      pen.beginPath();
      points.forEach((p, k) => (k ? pen.lineTo(...p) : pen.moveTo(...p)));
      pen.stroke();
    };
    const write = (words, [x, y], align = "center", base = "middle") => {
      [pen.textAlign, pen.textBaseline] = [align, base];
      pen.fillText(words, x, y);
    };
    pen.strokeStyle = inks.frame;
    pen.fillStyle = inks.letters;
    line(...[[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map((corner) => place(...corner, 0)));
    for (const corner of [...ends, far]) line(place(...corner, 0), place(...corner, 1));
    for (const [at, words] of data.ticks) {
      const wall = [ends[0], far, ends[1]].map((corner) => place(...corner, at));
      pen.globalAlpha = 0.55;
      line(...wall);
      pen.globalAlpha = 1;
      write(words, [wall[0][0] - 5, wall[0][1]], "right");
    }
    const [x, y] = place(...ends[0], 1);
    write(data.axes[2][0], [x, y - 5], "center", "bottom");
    const edges = [[data.axes[0], (share) => [share, -1.2 * far[1]]], [data.axes[1], (share) => [-1.2 * far[0], share]]];
    for (const [[name, low, high], spot] of edges) {
      for (const [share, words] of [[-0.86, low], [0, name], [0.86, high]]) write(words, place(...spot(share), 0));
    }
  };

  // ---- one figure: a canvas with all its surfaces

  const dark = () => document.documentElement.dataset.theme === "dark";
  const lighter = (hex) => `rgb(${rgb(hex).map((part) => Math.round(part + 0.5 * (255 - part)))})`;

  class Turntable {
    constructor(data, picture) {
      this.data = data;
      this.stops = data.colours.map(rgb);
      this.canvas = element("canvas", {
        class: "surface", tabindex: 0, role: "application", "aria-roledescription": text.kind, "aria-label": picture.alt,
      });
      this.canvas.title = text.hint;
      this.bar = element("span", { class: "surface-bar" });
      this.status = element("span", { class: "surface-said", role: "status" });
      this.frame = element("span", { class: "surface-frame" }, this.canvas, this.bar, this.status);
      this.fill();
      this.listen();
      const place = picture.closest("a") ?? picture;
      place.classList.add("surface-picture");
      place.after(this.frame);
      this.home();
      new ResizeObserver(() => this.ask()).observe(this.frame);
      new MutationObserver(() => this.ask()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    }

    /** Buttons for readers who neither drag nor type, and the hint. */
    fill() {
      const id = `surface-hint-${document.querySelectorAll("canvas.surface").length}`;
      const hint = element("span", { class: "surface-hint", id }, text.hint);
      this.canvas.setAttribute("aria-describedby", hint.id);
      const moves = [["←", text.left, "ArrowLeft"], ["→", text.right, "ArrowRight"], ["↑", text.up, "ArrowUp"],
        ["↓", text.down, "ArrowDown"], ["⟲", text.home, "Home"]];
      for (const [sign, label, key] of moves) {
        const button = element("button", { type: "button", "aria-label": label, title: label }, sign);
        button.addEventListener("click", () => this.press(key, 3));
        this.bar.append(button);
      }
      this.bar.append(hint);
    }

    listen() {
      const { canvas } = this;
      canvas.addEventListener("keydown", (event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && this.press(event.key)) event.preventDefault();
      });
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        canvas.setPointerCapture(event.pointerId);
        this.held = [event.clientX, event.clientY];
      });
      canvas.addEventListener("pointermove", (event) => {
        if (!this.held) return;
        const [x, y] = this.held;
        this.held = [event.clientX, event.clientY];
        this.turn((event.clientX - x) * -0.6, event.pointerType === "touch" ? 0 : (event.clientY - y) * 0.4);
      });
      for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, () => {
          if (this.held) this.say();
          this.held = null;
        });
      }
    }

    /** Whether the key means something here. */
    press(key, times = 1) {
      if (key === "Home") this.home();
      else if (KEYS[key]) this.turn(...KEYS[key].map((step) => step * times));
      else return false;
      this.say();
      return true;
    }

    home() {
      this.view = [...this.data.view];
      this.ask();
    }

    turn(round, rise) {
      this.view = [(((this.view[0] + round) % 360) + 360) % 360, clamp(this.view[1] + rise, 10, 80)];
      this.ask();
    }

    say() {
      const [turn, rise] = this.view.map(Math.round);
      this.status.textContent = text.view(((turn % 360) + 360) % 360, rise);
    }

    /** Draw soon, once. */
    ask() {
      this.asked ??= requestAnimationFrame(() => {
        this.asked = null;
        this.draw();
      });
    }

    draw() {
      const { canvas, data } = this;
      const width = this.frame.clientWidth;
      if (!width) return;
      const count = data.surfaces.length;
      let across = Math.max(1, Math.min(count, Math.floor(width / NARROWEST)));
      across = Math.ceil(count / Math.ceil(count / across));
      const wide = Math.min(width / across, 480);
      const high = wide * 0.94 + 22;
      const ratio = window.devicePixelRatio || 1;
      const size = [across * wide, Math.ceil(count / across) * high];
      [canvas.width, canvas.height] = size.map((length) => Math.round(length * ratio));
      [canvas.style.width, canvas.style.height] = size.map((length) => `${length}px`);
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);
      pen.lineJoin = "round";
      const style = getComputedStyle(canvas);
      const inks = { frame: style.getPropertyValue("--book-axes") || "#b9b9b9", letters: style.color };
      data.surfaces.forEach((surface, k) => {
        const [left, top] = [(k % across) * wide, Math.floor(k / across) * high];
        this.drawOne(pen, surface, [left, top, wide, high], inks, style.fontFamily);
      });
    }

    drawOne(pen, surface, [left, top, wide, high], inks, family) {
      const scale = wide / 3.26;
      const to = ([x, y]) => [left + wide * 0.53 + x * scale, top + 22 + (high - 22) * 0.5 - y * scale];
      const view = this.view.map(radians);
      pen.font = `600 15px ${family}`;
      pen.fillStyle = surface.colour ? (dark() ? lighter(surface.colour) : surface.colour) : inks.letters;
      [pen.textAlign, pen.textBaseline] = ["center", "top"];
      pen.fillText(surface.title, left + wide * 0.53, top + 3);
      pen.font = `12px ${family}`;
      pen.lineWidth = 1;
      drawBox(pen, this.data, view, to, inks);
      pen.lineWidth = 0.5;
      drawSurface(pen, surface.z, this.stops, view, to);
    }
  }

  const pictures = [...document.querySelectorAll(".cell_output img")];
  for (const script of document.querySelectorAll("script.surface-data")) {
    const above = (picture) => picture.compareDocumentPosition(script) & Node.DOCUMENT_POSITION_FOLLOWING;
    const picture = pictures.filter(above).pop();
    if (picture) new Turntable(JSON.parse(script.textContent), picture);
  }
})();
