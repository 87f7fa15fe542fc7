// Tables of class "filterable": a text filter above, a sort button in every column header, and a choice for every
// column whose header has data-choices ("sorted" or not; a cell may name its choice in data-choice, several with " | ").
// Without this script the table is simply complete. Works from file://.
(() => {
  "use strict";

  const TEXTS = {
    en: {
      filter: "Filter rows", hint: "e.g.", sort: "sort by", table: "Table", choices: "Choose by property", any: "any",
      count: (shown, all) => (shown === all ? `${all} rows` : `${shown} of ${all} rows`),
    },
    ko: {
      filter: "행 거르기", hint: "예:", sort: "정렬 기준:", table: "표", choices: "성질로 고르기", any: "모두",
      count: (shown, all) => (shown === all ? `모두 ${all}행` : `${all}행 가운데 ${shown}행`),
    },
  };
  const language = document.documentElement.lang in TEXTS ? document.documentElement.lang : "en";
  const text = TEXTS[language];
  const order = new Intl.Collator(language, { sensitivity: "base" });
  const MISSING = new Set(["", "-", "–", "—", "nan", "none"]);

  /** A number where the cell holds one (1e-3, −2, ∞, 3 %), else null. */
  const numeric = (cell) => {
    const raw = cell.dataset.value ?? cell.textContent;
    const plain = raw.trim().replace(/[−–](?=[\d.∞i])/g, "-").replace(/∞|inf(inity)?/gi, "Infinity");
    const number = plain.replace(/[\s%×,]+/g, "");
    return number !== "" && !Number.isNaN(Number(number)) ? Number(number) : null;
  };

  const isMissing = (cell) => !cell || MISSING.has(cell.textContent.trim().toLowerCase());

  /** Order of two cells; empty ones are last in either direction. */
  const compare = (a, b, sign) => {
    if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
    const [x, y] = [numeric(a), numeric(b)];
    if (x !== null && y !== null) return sign * (x < y ? -1 : x > y ? 1 : 0);
    if (x !== null || y !== null) return sign * (x !== null ? -1 : 1);
    return sign * order.compare(a.textContent.trim(), b.textContent.trim());
  };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const chosen = (cell) => (cell.dataset.choice ?? cell.textContent.trim()).split(" | ");

  /** A choice for each column that offers one: [box with all of them or null, test of a row]. */
  const makeChoices = (headers, rows, apply) => {
    const picks = [];
    headers.forEach((header, column) => {
      if (header.dataset.choices === undefined) return;
      const values = [...new Set(rows.flatMap((row) => chosen(row.cells[column])))];
      if (header.dataset.choices === "sorted") values.sort(order.compare);
      const options = ["", ...values].map((value) => element("option", { value }, value || text.any));
      const id = `choice-${document.querySelectorAll(".filterable-bar").length}-${column}`;
      const select = element("select", { id }, ...options);
      select.addEventListener("change", apply);
      const label = element("label", { htmlFor: id }, header.textContent.trim());
      picks.push({ select, column, field: element("div", {}, label, select) });
    });
    const test = (row) =>
      picks.every(({ select, column }) => !select.value || chosen(row.cells[column]).includes(select.value));
    if (!picks.length) return [null, test];
    const labels = element("div", { className: "filterable-choices" }, ...picks.map((pick) => pick.field));
    const box = element("details", { open: window.innerWidth > 900 }, element("summary", {}, text.choices), labels);
    return [box, test];
  };

  const addFilter = (headers, rows, frame) => {
    const middle = rows[rows.length >> 1].cells[0];
    const example = (middle.querySelector("a") ?? middle).textContent.trim();
    const input = element("input", { type: "search", placeholder: `${text.hint} ${example}`, autocomplete: "off" });
    const count = element("span", { className: "filterable-count", role: "status" });
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const content = row.textContent.toLowerCase();
        row.hidden = !(words.every((word) => content.includes(word)) && fits(row));
      }
      count.textContent = text.count(rows.filter((row) => !row.hidden).length, rows.length);
    };
    const [choices, fits] = makeChoices(headers, rows, apply);
    input.addEventListener("input", apply);
    frame.before(element("div", { className: "filterable-bar" }, element("label", {}, `${text.filter} `, input), count));
    if (choices) frame.before(choices);
    apply();
  };

  const addSorting = (table, headers, rows) => {
    headers.forEach((header, column) => {
      const name = header.textContent.trim();
      if (!name) return;
      const button = element("button", { type: "button", title: `${text.sort} ${name}` });
      button.append(...header.childNodes);
      header.append(button);
      header.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        for (const other of headers) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        header.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
        table.tBodies[0].append(...[...rows].sort((a, b) => compare(a.cells[column], b.cells[column], sign)));
      });
    });
  };

  const enhance = (table) => {
    const rows = [...(table.tBodies[0]?.rows ?? [])];
    if (!rows.length) return;
    const label = table.caption?.textContent.trim() || text.table;
    const frame = element("div", { className: "filterable-frame", role: "region", tabIndex: 0, ariaLabel: label });
    table.before(frame);
    frame.append(table);
    const headers = [...(table.tHead?.rows[table.tHead.rows.length - 1]?.cells ?? [])];
    addFilter(headers, rows, frame);
    addSorting(table, headers, rows);
  };

  document.querySelectorAll("table.filterable").forEach(enhance);
})();
