// Explorer: what is chosen, in the address of the page, so that a view can be shared.
"use strict";

const explorerState = (() => {
  const DEFAULT = { functions: ["relu", "tanh", "selu", "mish"], show: "f", reach: 5, logx: false, logy: false, at: 1,
    gain: 1, q: 1, layers: 30 };
  const LIMITS = { reach: [1, 100], at: [-100, 100], gain: [0.1, 3], q: [0.01, 100], layers: [2, 100] };
  const SHOWN = ["f", "d1", "d2", "gate"];
  const MOST = 8;
  const listeners = [];

  const known = (id) => Object.hasOwn(explorerFacts.functions, id);

  /** "swish*beta*2" → { id: "swish", params: { beta: 2 } }; what is unknown or outside its limits is left out. */
  const parsed = (text) => {
    const [id, ...rest] = text.split("*");
    const params = {};
    for (const [name, , , low, high] of known(id) ? explorerFacts.functions[id].params : []) {
      const place = rest.indexOf(name);
      const value = place % 2 ? NaN : Number(rest[place + 1]);
      if (place >= 0 && value >= low && value <= high) params[name] = value;
    }
    return { id, params };
  };

  const read = (address) => {
    const asked = new URLSearchParams(address);
    const state = { ...DEFAULT };
    const chosen = asked.has("f") ? asked.getAll("f").filter(Boolean) : DEFAULT.functions;
    const ids = new Set();
    state.functions = chosen.map(parsed).filter(({ id }) => known(id) && !ids.has(id) && ids.add(id)).slice(0, MOST);
    if (SHOWN.includes(asked.get("show"))) state.show = asked.get("show");
    for (const key of ["logx", "logy"]) state[key] = asked.get(key) === "1";
    for (const [key, [low, high]] of Object.entries(LIMITS)) {
      const value = Number(asked.get(key) ?? NaN);
      if (value >= low && value <= high) state[key] = value;
    }
    state.layers = Math.round(state.layers);
    return state;
  };

  /** The query of an address: only what differs from the default. */
  const address = (state) => {
    const said = new URLSearchParams();
    const chosen = state.functions.map(({ id, params }) => [id, ...Object.entries(params).flat()].join("*"));
    if (chosen.join() !== DEFAULT.functions.join()) {
      for (const one of chosen.length ? chosen : [""]) said.append("f", one);
    }
    for (const key of ["show", "reach", "logx", "logy", "at", "gain", "q", "layers"]) {
      if (state[key] !== DEFAULT[key]) said.set(key, state[key] === true ? 1 : state[key]);
    }
    return String(said) && `?${said}`;
  };

  const state = read(location.search);
  let later;

  /** Change something, draw at once, and write the address when the hand rests. */
  const change = (edit) => {
    edit(state);
    for (const listener of listeners) listener();
    clearTimeout(later);
    later = setTimeout(() => history.replaceState(null, "", location.pathname + address(state) + location.hash), 150);
  };

  /** Call `listener` after changes, but only when one of the entries `keys` is another than before. */
  const listen = (listener, keys = Object.keys(DEFAULT)) => {
    const seen = () => JSON.stringify(keys.map((key) => state[key]));
    let before = seen();
    listeners.push(() => {
      const now = seen();
      if (now !== before) listener();
      before = now;
    });
  };

  /** Values of all parameters of a chosen function, in order. */
  const values = ({ id, params }) => explorerFacts.functions[id].params.map(([name, , value]) => params[name] ?? value);

  return { state, change, values, address, MOST, LIMITS, listen };
})();
