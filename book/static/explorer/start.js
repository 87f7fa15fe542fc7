// Explorer: put the parts in their places.
"use strict";

(() => {
  const parts = { curves: explorerCurves, sheet: explorerSheet, depth: explorerDepth };
  for (const place of document.querySelectorAll(".explorer-part")) parts[place.dataset.part].build(place);

  // The other language shows the same view.
  for (const toggle of document.querySelectorAll("a.language-toggle")) {
    const there = toggle.getAttribute("href");
    const follow = () => toggle.setAttribute("href", there + explorerState.address(explorerState.state));
    explorerState.listen(follow);
    follow();
  }
})();
