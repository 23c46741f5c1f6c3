// What every part of the page uses: the trials as columns, formats, scales, colours, small DOM helpers.
// The data come as window.SWEEPWRIGHT, written beside this file; text from data only ever becomes text nodes.
"use strict";
(() => {
  const S = window.SWEEPWRIGHT;
  const { trial, columns, runs, ending, step, pareto } = S.trials;
  const TURNING = /[\u202a-\u202e\u2066-\u2069]/g; // characters that turn the direction of all that follows
  const LEVELS = (column) => column.levels !== null;

  S.size = trial.length;
  S.place = new Map(trial.map((number, i) => [number, i]));
  S.byName = new Map(columns.map((column) => [column.name, column]));
  S.hidden = new Set(S.study.hidden);
  S.starred = new Set(S.study.starred);

  S.element = (tag, attributes = {}, ...children) => {
    const svg = ["svg", "g", "line", "rect", "text", "path", "title", "polyline", "circle"].includes(tag) && attributes.svg !== false;
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && name !== "svg") made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined).map((child) => (typeof child === "string" ? child.replace(TURNING, "") : child)));
    return made;
  };

  S.shortened = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  S.number = (value, digits = 4) => {
    if (value === null || value === undefined) return "";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if ((Number.isInteger(value) || size >= 10 ** digits) && size < 1e7) return String(Math.round(value));
    const text = size >= 1e6 || size < 1e-4 ? value.toExponential(digits - 1) : value.toPrecision(digits);
    return text.includes("e") ? text.replace(/\.?0+e\+?/, "e") : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  };

  // A value of a column as people read it; levels are stored by their place.
  S.shown = (column, i) => {
    const value = column.values[i];
    if (value === null) return column.kind === "parameter" ? "inactive" : "–";
    return LEVELS(column) ? column.levels[value] : S.number(value);
  };

  S.extent = (column) => {
    if (column.extent) return column.extent;
    if (LEVELS(column)) return (column.extent = [-0.5, column.levels.length - 0.5]);
    let [low, high] = [Infinity, -Infinity];
    for (const value of column.values) {
      if (value === null || (column.log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) [low, high] = column.log ? [1, 10] : [0, 1];
    if (low === high) [low, high] = column.log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    return (column.extent = [low, high]);
  };

  // A scale from a column's values to pixels, and back.
  S.scale = (column, from, to) => {
    const [low, high] = S.extent(column);
    const log = column.log && low > 0;
    const [a, b] = log ? [Math.log(low), Math.log(high)] : [low, high];
    const at = (value) => from + ((to - from) * ((log ? Math.log(value) : value) - a)) / (b - a);
    const back = (pixel) => {
      const share = Math.min(1, Math.max(0, (pixel - from) / (to - from)));
      const value = a + share * (b - a);
      return log ? Math.exp(value) : value;
    };
    return { at, back, from, to, ticks: ticks(column, low, high, log, Math.abs(to - from)) };
  };

  const ticks = (column, low, high, log, pixels) => {
    if (LEVELS(column)) {
      const every = Math.ceil((column.levels.length * 15) / Math.max(pixels, 1));
      return column.levels.map((text, i) => [i, text]).filter(([i]) => i % every === 0);
    }
    const found = [];
    if (log) {
      const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
      const every = Math.max(1, Math.ceil(((last - first + 1) * 28) / pixels));
      for (let e = first; e <= last; e += every) found.push([10 ** e, Math.abs(e) > 3 ? `1e${e}` : String(10 ** Math.max(e, 0) / 10 ** Math.max(-e, 0))]);
      if (found.length > 1) return found;
      found.length = 0;
    }
    const rough = (high - low) / Math.max(2, Math.floor(pixels / 42));
    const power = 10 ** Math.floor(Math.log10(rough));
    const unit = [1, 2, 5, 10].find((k) => k * power >= rough) * power;
    for (let k = Math.ceil(low / unit - 1e-9); k * unit <= high + 1e-9 * unit; k++) found.push([k * unit, S.number(Number((k * unit).toPrecision(12)))]);
    return found;
  };

  const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];
  S.viridis = (share) => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches; // the ends that the page's own colour would swallow
    const at = ((dark ? 0.25 : 0) + Math.min(0.9999, Math.max(0, share)) * (dark ? 0.75 : 0.92)) * (VIRIDIS.length - 1);
    const i = Math.floor(at);
    return `rgb(${VIRIDIS[i].map((low, k) => Math.round(low + (VIRIDIS[i + 1][k] - low) * (at - i))).join(",")})`;
  };

  // The colour of every trial by one column, in 48 steps so that marks of one colour are drawn at once; a missing value is grey.
  const remembered = new Map();
  S.colours = (column) => {
    if (!remembered.has(column)) {
      const scale = S.scale(column, 0, 1), step = (share) => Math.round(48 * share) / 48;
      const few = LEVELS(column) && column.levels.length <= S.palette.length;
      remembered.set(column, column.values.map((value) => (value === null ? "#9aa0a8" : few ? S.palette[value] : S.viridis(step(scale.at(value))))));
    }
    return remembered.get(column);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => remembered.clear());

  S.csv = (rows) => rows.map((row) => row.map((cell) => {
    const text = cell === null || cell === undefined ? "" : String(cell);
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }).join(",")).join("\n") + "\n";

  S.download = (name, text) => {
    const link = S.element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // Copies text; where the browser refuses, the text is selected so that the keyboard can copy it.
  S.copy = (text, button) => {
    const said = button.textContent;
    const done = (word) => {
      button.textContent = word;
      setTimeout(() => (button.textContent = said), 1200);
    };
    const area = S.element("textarea", { "aria-label": "text to copy", style: "position:fixed;opacity:0" });
    area.value = text;
    button.parentNode.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (copied) done("Copied");
    else navigator.clipboard?.writeText(text).then(() => done("Copied"), () => done("Not allowed"));
  };

  S.facts = (i) => ({ runs: runs[i], ending: ending[i], step: step[i], pareto: pareto[i] });
  S.css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // One selection for the whole page; views register and are told.
  const views = [];
  S.onSelection = (view) => views.push(view);
  S.tellSelection = (mask, all) => {
    let object = null;
    if (!all) {
      object = {};
      for (let i = 0; i < mask.length; i++) if (mask[i]) object[trial[i]] = true;
    }
    S.selected = object;
    for (const view of views) view(object);
  };
})();
