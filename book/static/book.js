(() => {
  "use strict";

  // Formulas wider than the screen scroll; make those reachable by keyboard, as the theme does for code.
  // First all are measured, then changed: the other way round the page is laid out anew for each.
  const update = () => {
    const formulas = [...document.querySelectorAll("div.math .katex-display")];
    const wide = formulas.map((formula) => formula.scrollWidth > formula.clientWidth);
    formulas.forEach((formula, place) => {
      if (wide[place]) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    });
  };
  let timer;
  window.addEventListener("load", () => document.fonts.ready.then(update));
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(update, 200);
  });

  // Nothing can be opened on paper: answers are printed open and closed again afterwards. Folded code stays away.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("article details:not([open], .hide)")];
    for (const answer of opened) answer.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const answer of opened) answer.open = false;
  });
})();
