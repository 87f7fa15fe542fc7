// Explorer: the measured sheets of the functions chosen, side by side.
"use strict";

const explorerSheet = (() => {
  const { words, table } = explorerControls;
  const { state, values, listen } = explorerState;
  const { number } = explorerChart;

  const rows = () => {
    const sheets = state.functions.map(({ id }) => explorerFacts.functions[id].sheet);
    return sheets[0].map(([label], k) => [label, ...sheets.map((sheet) => sheet[k][1])]);
  };

  const averages = () => {
    const found = state.functions.map((one) => explorerMaths.averages(explorerMaths.curvesOf(one.id, values(one))));
    return [
      [words.mean, ...found.map(({ mean }) => number(mean))],
      [words.second, ...found.map(({ second }) => number(second))],
      [words.gain, ...found.map(({ second }) => number(1 / Math.sqrt(second)))],
      [words.backward, ...found.map(({ slope }) => number(1 / Math.sqrt(slope)))],
    ];
  };

  /** A function's name with the parameters that were moved. */
  const heading = ({ id, params }) => {
    const { name, params: known } = explorerFacts.functions[id];
    const moved = known.filter(([key]) => key in params).map(([key, symbol]) => `${symbol} = ${number(params[key])}`);
    return [name, moved];
  };

  const build = (place) => {
    let ids = null;
    const [still, moving] = [document.createElement("div"), document.createElement("div")];
    place.replaceChildren(still, moving);
    const update = () => {
      const now = state.functions.map(({ id }) => id).join();
      if (now !== ids) {
        ids = now;
        const names = state.functions.map(({ id }) => explorerFacts.functions[id].name);
        if (now) still.replaceChildren(table(words.sheet, [words.property, ...names], rows()));
        else still.textContent = words.none;
      }
      const moved = state.functions.some(({ params }) => Object.keys(params).length);
      const titles = () => state.functions.map((one) => heading(one)).map(([name, said]) => [name, ...said].join(", "));
      moving.replaceChildren(...(moved ? [table(words.now, [words.property, ...titles()], averages())] : []));
    };
    listen(update, ["functions"]);
    update();
  };

  return { build };
})();
