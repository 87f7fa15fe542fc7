// Search pages only, loaded before Sphinx's searchtools.js.
"use strict";

const bookLanguage = document.documentElement.lang;
const pageLanguage = (page) => (/^chapters\/ko\/|-ko$/.test(page) ? "ko" : "en");

// Sphinx's own weights; pages in the language of this search page come first.
var Scorer = {
  score: ([page, , , , score]) => score + (pageLanguage(page) === bookLanguage ? 1000 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// Excerpts are fetched from the pages, which browsers refuse on file://.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

document.addEventListener("DOMContentLoaded", () => {
  // The other language's search page keeps the query.
  for (const toggle of document.querySelectorAll("a.language-toggle")) toggle.href += location.search;

  // A formula stands in the page twice, as MathML for assistive software and as HTML; excerpts need it once.
  const htmlToText = Search.htmlToText;
  const spoken = /<span class="katex-mathml">.*?<\/math><\/span>/gs;
  Search.htmlToText = (page, anchor) => htmlToText(page.replace(spoken, ""), anchor);

  // Results appear one by one; tell assistive software the outcome.
  document.getElementById("search-results").setAttribute("aria-live", "polite");
});
