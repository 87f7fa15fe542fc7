// Formulas wider than the screen scroll; make those reachable by keyboard, as the theme does for code.
(() => {
  "use strict";
  const update = () => {
    for (const formula of document.querySelectorAll("div.math .katex-display")) {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  };
  let timer;
  window.addEventListener("load", () => document.fonts.ready.then(update));
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(update, 200);
  });
})();
