// Choose: linked views over all trials. One state (axes, bounds, colour, sort, pair, open trial) that lives in the URL's
// fragment; scatter and parallel coordinates draw marks on canvas, axes and handles in SVG; the table shows the selection.
"use strict";
(() => {
  const S = window.SWEEPWRIGHT;
  const root = document.getElementById("choose-views");
  if (!root || !S.size) return;
  const { element: el } = S;
  const { trial, columns, ending, pareto } = S.trials;
  const find = (id) => document.getElementById(id);
  const goals = columns.filter((c) => c.goal);
  const MOST_AXES = 10, PAGE = 50;

  // --- state and its fragment -----------------------------------------------------------------------------------------

  const defaults = () => {
    const others = [...goals.slice(1), ...columns.filter((c) => c.kind === "cost"), ...columns.filter((c) => !c.goal)];
    const x = goals[0] ?? columns[0];
    const axes = [...columns.filter((c) => c.kind === "parameter"), ...goals, ...columns.filter((c) => c.kind === "cost")];
    return {
      x, y: others.find((c) => c !== x) ?? x,
      color: columns.find((c) => c.name === S.study.color) ?? columns.find((c) => c.kind === "parameter") ?? x,
      axes: axes.slice(0, MOST_AXES),
      bounds: new Map(goals.filter((g) => g.id in S.study.bounds).map((g) => [g, one(g, S.study.bounds[g.id])])),
      sort: x, descending: x.direction !== "lower", pair: [], open: null, rows: PAGE, everything: false,
    };
  };
  const sided = (column) => (column.direction === "lower" ? "hi" : "lo");
  const one = (column, value) => ({ lo: null, hi: null, none: false, [sided(column)]: value });
  let state = defaults();
  const start = () => fragment(defaults());

  const fragment = (s) => {
    const parts = new URLSearchParams({ x: s.x.name, y: s.y.name, color: s.color.name });
    parts.set("axes", JSON.stringify(s.axes.map((c) => c.name)));
    parts.set("sort", (s.descending ? "-" : "+") + s.sort.name);
    for (const [column, b] of s.bounds) parts.append("bound", JSON.stringify([column.name, b.lo, b.hi, b.none]));
    if (s.pair.length) parts.set("pair", s.pair.join(","));
    if (s.everything) parts.set("hidden", "shown");
    if (s.open !== null) parts.set("trial", s.open);
    return parts.toString();
  };

  const parsed = (text) => {
    const s = defaults(), parts = new URLSearchParams(text), named = (name) => S.byName.get(name);
    for (const key of ["x", "y", "color"]) s[key] = named(parts.get(key)) ?? s[key];
    if (parts.has("x")) s.bounds.clear();
    const json = (written) => { try { return JSON.parse(written); } catch { return null; } };
    const axes = json(parts.get("axes"));
    if (Array.isArray(axes)) s.axes = axes.map(named).filter(Boolean);
    const sort = parts.get("sort");
    if (sort && named(sort.slice(1))) [s.sort, s.descending] = [named(sort.slice(1)), sort[0] === "-"];
    const valued = (v) => (typeof v === "number" && Number.isFinite(v) ? v : null);
    for (const written of parts.getAll("bound")) {
      const b = json(written), column = Array.isArray(b) ? named(b[0]) : null;
      if (column) s.bounds.set(column, { lo: valued(b[1]), hi: valued(b[2]), none: b[3] === true });
    }
    const number = (t) => (/^\d+$/.test(t) && S.place.has(Number(t)) ? [Number(t)] : []);
    s.pair = (parts.get("pair") ?? "").split(",").flatMap(number).slice(0, 2);
    s.open = number(parts.get("trial") ?? "")[0] ?? null;
    s.everything = parts.get("hidden") === "shown";
    return s;
  };

  const remember = () => {
    const text = fragment(state);
    history.replaceState(null, "", text === start() ? location.pathname + location.search : "#" + text);
  };

  // --- the selection --------------------------------------------------------------------------------------------------

  const mask = new Uint8Array(S.size);
  const visible = (i) => state.everything || !S.hidden.has(trial[i]);
  const inside = (column, b, i) => {
    const value = column.values[i];
    if (value === null) return b.none;
    if (b.lo === null && b.hi === null && b.none) return false;
    return (b.lo === null || value >= b.lo) && (b.hi === null || value <= b.hi);
  };
  const select = () => {
    const bounds = [...state.bounds];
    let count = 0;
    for (let i = 0; i < S.size; i++) {
      mask[i] = visible(i) && bounds.every(([column, b]) => inside(column, b, i)) ? 1 : 0;
      count += mask[i];
    }
    return count;
  };

  // Bounds are rounded to what people would type, and compared as they are written.
  const tidy = (column, value) => {
    if (column.levels) return value;
    const [low, high] = S.extent(column);
    const digits = column.log ? 3 : Math.max(2, Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low))) + 3);
    return Number(value.toPrecision(Math.min(12, digits)));
  };
  const bound = (column, side, value) => {
    const [low, high] = S.extent(column);
    const free = side === "lo" ? value <= low : value >= high;
    const b = { lo: null, hi: null, none: false, ...state.bounds.get(column) };
    b[side] = free ? null : tidy(column, value);
    if (b.lo === null && b.hi === null && !b.none) state.bounds.delete(column);
    else state.bounds.set(column, b);
  };

  const written = (column, b) => {
    if (column.levels) {
      const kept = column.levels.filter((_, k) => (b.lo !== null || b.hi !== null || !b.none) && (b.lo === null || k >= b.lo) && (b.hi === null || k <= b.hi));
      return `${column.name} in ${[...kept, ...(b.none ? ["inactive"] : [])].join(", ") || "nothing"}`;
    }
    const parts = [b.lo !== null ? `${column.name} >= ${b.lo}` : "", b.hi !== null ? `${column.name} <= ${b.hi}` : ""].filter(Boolean);
    return parts.join(" and ") || `${column.name} inactive`;
  };
  // Levels that are numbers can stand in a rule; what cannot is said beside it.
  const asRule = (column, b) => {
    if (b.none) return null;
    if (!column.levels) return written(column, b);
    if (!column.levels.every((t) => t !== "" && Number.isFinite(Number(t)))) return null;
    const parts = [];
    if (b.lo !== null) parts.push(`${column.name} >= ${column.levels[Math.max(0, Math.ceil(b.lo))]}`);
    if (b.hi !== null) parts.push(`${column.name} <= ${column.levels[Math.min(column.levels.length - 1, Math.floor(b.hi))]}`);
    return parts.join(" and ");
  };
  const quoted = (text) => JSON.stringify(text);

  // --- scatter --------------------------------------------------------------------------------------------------------

  const pixels = (canvas, width, height) => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  };
  const layer = (holder) => {
    const canvas = el("canvas", { "aria-hidden": "true" }), svg = el("svg", {});
    holder.append(canvas, svg);
    return { holder, canvas, svg };
  };
  const scatter = layer(find("choose-scatter")), parallel = layer(find("choose-parallel"));
  const M = { left: 74, right: 18, top: 14, bottom: 46, band: 22 };
  let spots = [];

  const drawScatter = () => {
    const width = scatter.holder.clientWidth, height = Math.min(440, Math.max(300, width * 0.5));
    const context = pixels(scatter.canvas, width, height);
    const xs = S.scale(state.x, M.left + M.band + 8, width - M.right - 10), ys = S.scale(state.y, height - M.bottom - M.band - 8, M.top + 10);
    const colours = S.colours(state.color);
    const x = (i) => (usable(state.x, i) ? xs.at(state.x.values[i]) : M.left + M.band / 2);
    const y = (i) => (usable(state.y, i) ? ys.at(state.y.values[i]) : height - M.bottom - M.band / 2);
    context.clearRect(0, 0, width, height);
    context.fillStyle = S.css("--band");
    context.fillRect(M.left, M.top, M.band - 4, height - M.top - M.bottom);
    context.fillRect(M.left, height - M.bottom - M.band + 4, width - M.left - M.right, M.band - 4);
    spots = [];
    let lost = 0; // trials that have neither value stand along the left edge
    const radius = S.size > 1500 ? 2.2 : 4;
    for (const chosen of [0, 1]) {
      for (let i = 0; i < S.size; i++) {
        if (!visible(i) || mask[i] !== chosen) continue;
        const px = x(i), neither = !usable(state.x, i) && !usable(state.y, i);
        const py = neither ? height - M.bottom - M.band / 2 - ((9 * lost++) % (height - M.top - M.bottom - M.band)) : y(i);
        spots.push([px, py, i]);
        context.globalAlpha = chosen ? 0.85 : 0.16;
        if (ending[i] !== "COMPLETED") { cross(context, px, py, chosen ? S.css("--bad") : S.css("--soft")); continue; }
        context.fillStyle = chosen ? colours[i] : S.css("--soft");
        context.beginPath();
        context.arc(px, py, radius, 0, 7);
        context.fill();
        if (pareto[i] && chosen) { context.strokeStyle = S.css("--ink"); context.lineWidth = 1.2; context.stroke(); }
      }
    }
    context.globalAlpha = 1;
    for (const number of [...state.pair, S.study.chosen, state.open]) {
      const i = S.place.get(number);
      if (i === undefined || !visible(i)) continue;
      context.strokeStyle = S.css(number === S.study.chosen ? "--accent" : "--warn");
      context.lineWidth = 2.2;
      context.beginPath();
      context.arc(x(i), y(i), radius + 4, 0, 7);
      context.stroke();
    }
    scatterAxes(width, height, xs, ys);
  };
  const usable = (column, i) => column.values[i] !== null && !(column.log && column.values[i] <= 0);
  const cross = (context, x, y, colour) => {
    context.strokeStyle = colour;
    context.lineWidth = 1.4;
    context.beginPath();
    context.moveTo(x - 3, y - 3); context.lineTo(x + 3, y + 3);
    context.moveTo(x - 3, y + 3); context.lineTo(x + 3, y - 3);
    context.stroke();
  };

  const scatterAxes = (width, height, xs, ys) => {
    const { svg } = scatter;
    const focused = svg.contains(document.activeElement) ? document.activeElement.dataset.line : null;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    const parts = [];
    for (const [value, text] of xs.ticks) parts.push(el("line", { class: "tick", x1: xs.at(value), x2: xs.at(value), y1: height - M.bottom, y2: height - M.bottom + 5 }), el("text", { x: xs.at(value), y: height - M.bottom + 18, "text-anchor": "middle" }, S.shortened(text, 12)));
    for (const [value, text] of ys.ticks) parts.push(el("line", { class: "tick", x1: M.left - 5, x2: M.left, y1: ys.at(value), y2: ys.at(value) }), el("text", { x: M.left - 8, y: ys.at(value) + 4, "text-anchor": "end" }, S.shortened(text, 9)));
    parts.push(el("line", { class: "axis", x1: M.left, x2: width - M.right, y1: height - M.bottom, y2: height - M.bottom }), el("line", { class: "axis", x1: M.left, x2: M.left, y1: M.top, y2: height - M.bottom }));
    parts.push(el("text", { class: "name", x: (M.left + width) / 2, y: height - 8, "text-anchor": "middle" }, S.shortened(state.x.name, 60)));
    parts.push(el("text", { class: "name", transform: `translate(13 ${(height - M.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, S.shortened(state.y.name, 40)));
    svg.replaceChildren(...parts, line("x", state.x, xs, width, height), ...(state.y === state.x ? [] : [line("y", state.y, ys, width, height)]));
    if (focused) svg.querySelector(`[data-line="${focused}"]`)?.focus();
  };

  // A threshold: a line that is dragged, or moved with the arrow keys; at the end of its axis it asks for nothing.
  const line = (name, column, scale, width, height) => {
    const side = sided(column), b = state.bounds.get(column), [low, high] = S.extent(column);
    const value = b?.[side] ?? (side === "lo" ? low : high);
    const active = b && b[side] !== null, x = name === "x";
    // Where it asks for nothing the line lies at the edge of the plot; its grip lies away from the other line's edge.
    const free = x ? (side === "lo" ? M.left + M.band - 2 : width - M.right) : side === "lo" ? height - M.bottom - M.band + 2 : M.top;
    const at = active ? scale.at(Math.min(high, Math.max(low, value))) : free;
    const across = name === "x" ? { x1: at, x2: at, y1: M.top, y2: height - M.bottom } : { x1: M.left, x2: width - M.right, y1: at, y2: at };
    const away = sided(x ? state.y : state.x) === "hi";
    const grip = x ? { x: at - 6, y: away ? height - M.bottom - 12 : M.top - 4, width: 12, height: 16 } : { x: away ? M.left - 4 : width - M.right - 12, y: at - 6, width: 16, height: 12 };
    const group = el("g", {
      class: "threshold" + (active ? " active" : ""), role: "slider", tabindex: 0, "data-line": name,
      "aria-label": `threshold of ${column.name}`, "aria-orientation": name === "x" ? "horizontal" : "vertical", "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": value,
      "aria-valuetext": active ? `${side === "lo" ? "at least" : "at most"} ${S.number(value)}` : "not set",
      onpointerdown: (event) => {
        event.preventDefault();
        dragged((e) => {
          const box = scatter.svg.getBoundingClientRect();
          bound(column, side, scale.back(name === "x" ? e.clientX - box.left : e.clientY - box.top));
        });
        scatter.svg.querySelector(`[data-line="${name}"]`)?.focus();
      },
      onkeydown: (event) => moveByKey(event, column, side, value, name === "y"),
    }, el("line", { ...across, class: "rule" }), el("line", { ...across, class: "reach" }), el("rect", { ...grip, rx: 3 }));
    group.append(el("title", {}, `${column.name} ${side === "lo" ? ">=" : "<="} ${active ? S.number(value) : "…"}: drag, or use the arrow keys`));
    return group;
  };

  let dragging = false; // then lines are thinned out, so that the hand does not wait for them
  const dragged = (move) => {
    dragging = true;
    const go = (event) => { move(event); later(); };
    const end = () => {
      window.removeEventListener("pointermove", go);
      window.removeEventListener("pointerup", end);
      dragging = false;
      later();
      remember();
    };
    window.addEventListener("pointermove", go);
    window.addEventListener("pointerup", end);
  };

  const moveByKey = (event, column, side, value, up) => {
    const [low, high] = S.extent(column), scale = S.scale(column, 0, 100);
    const size = column.levels ? 100 / column.levels.length : event.shiftKey ? 10 : 1;
    const ways = { ArrowRight: size, ArrowUp: size, ArrowLeft: -size, ArrowDown: -size };
    if (event.key in ways) bound(column, side, scale.back(scale.at(Math.min(high, Math.max(low, value))) + ways[event.key]));
    else if (["Delete", "Backspace", "Home", "End"].includes(event.key)) bound(column, side, event.key === "End" ? high : event.key === "Home" ? low : side === "lo" ? low : high);
    else return;
    event.preventDefault();
    later();
    remember();
  };

  // --- parallel coordinates -------------------------------------------------------------------------------------------

  const P = { top: 46, bottom: 34, side: 56, band: 20 };
  const backdrop = document.createElement("canvas");
  let backdropOf = "";

  const drawParallel = () => {
    const { axes } = state, width = Math.max(parallel.holder.clientWidth, axes.length * 78), height = 340;
    const context = pixels(parallel.canvas, width, height);
    parallel.svg.setAttribute("width", width);
    parallel.svg.setAttribute("height", height);
    if (axes.length < 2) { parallel.svg.replaceChildren(el("text", { x: 20, y: 60 }, "Tick two axes or more.")); return; }
    const floor = height - P.bottom - P.band;
    const at = axes.map((_, k) => P.side + (k * (width - 2 * P.side)) / (axes.length - 1));
    const scales = axes.map((column) => S.scale(column, floor, P.top));
    const path = (c, i) => {
      for (let k = 0; k < axes.length; k++) {
        const y = usable(axes[k], i) ? scales[k].at(axes[k].values[i]) : height - P.bottom - P.band / 2 + 4;
        if (k) c.lineTo(at[k], y); else c.moveTo(at[k], y);
      }
    };
    const key = JSON.stringify([axes.map((c) => c.id), width, S.css("--soft"), state.everything]);
    if (key !== backdropOf) {
      const quiet = pixels(backdrop, width, height);
      quiet.clearRect(0, 0, width, height);
      quiet.strokeStyle = S.css("--soft");
      quiet.globalAlpha = S.size > 1500 ? 0.03 : 0.12;
      for (let i = 0; i < S.size; i++) { if (visible(i)) { quiet.beginPath(); path(quiet, i); quiet.stroke(); } }
      backdropOf = key;
    }
    context.clearRect(0, 0, width, height);
    context.drawImage(backdrop, 0, 0, width, height);
    const colours = S.colours(state.color), groups = new Map();
    let count = 0;
    for (let i = 0; i < S.size; i++) if (mask[i]) { count++; if (!groups.has(colours[i])) groups.set(colours[i], []); groups.get(colours[i]).push(i); }
    const every = dragging ? Math.ceil(count / 1000) : 1;
    context.globalAlpha = count > 1500 ? 0.12 : count > 300 ? 0.3 : 0.65;
    for (const [colour, members] of groups) {
      context.strokeStyle = colour;
      context.beginPath();
      for (let k = 0; k < members.length; k += every) path(context, members[k]);
      context.stroke();
    }
    const chosen = S.place.get(S.study.chosen);
    if (chosen !== undefined && visible(chosen)) {
      context.globalAlpha = 1;
      context.strokeStyle = S.css("--accent");
      context.lineWidth = 2.4;
      context.beginPath();
      path(context, chosen);
      context.stroke();
      context.lineWidth = 1;
    }
    parallelAxes(width, height, floor, at, scales);
  };

  const parallelAxes = (width, height, floor, at, scales) => {
    const { svg } = parallel, { axes } = state;
    const focused = svg.contains(document.activeElement) ? document.activeElement.dataset.handle : null;
    const parts = axes.flatMap((column, k) => {
      const scale = scales[k], b = state.bounds.get(column), x = at[k], [low, high] = S.extent(column);
      const group = el("g", {});
      const name = el("text", { class: "name", x, y: k % 2 ? 16 : 32, "text-anchor": "middle" }, S.shortened(column.name, 18), el("title", {}, column.name));
      group.append(name, el("line", { class: "axis", x1: x, x2: x, y1: P.top, y2: floor }));
      for (const [value, text] of scale.ticks) group.append(el("line", { class: "tick", x1: x - 3, x2: x, y1: scale.at(value), y2: scale.at(value) }), el("text", { class: "label", x: x - 11, y: scale.at(value) + 3.5, "text-anchor": "end" }, S.shortened(text, 9)));
      if (column.values.some((v) => v === null)) group.append(el("rect", { class: "band", x: x - 8, y: floor + 8, width: 16, height: P.band - 4, rx: 3 }), el("text", { class: "label", x, y: height - P.bottom + 18, "text-anchor": "middle" }, column.kind === "parameter" ? "inactive" : "no value"));
      const reach = el("rect", { class: "brush-area", x: x - 14, y: P.top - 6, width: 28, height: height - P.bottom - P.top + 10, onpointerdown: (event) => brush(event, column, scale, floor) });
      reach.append(el("title", {}, `${column.name}: drag along the axis to keep a range, click to keep all`));
      group.append(reach);
      if (b && (b.lo !== null || b.hi !== null)) {
        const [top, bottom] = [scale.at(Math.min(b.hi ?? high, high)), scale.at(Math.max(b.lo ?? low, low))];
        group.append(el("rect", { class: "brush", x: x - 7, y: Math.min(top, bottom), width: 14, height: Math.max(2, Math.abs(bottom - top)), rx: 3 }));
      }
      if (b?.none) group.append(el("rect", { class: "brush", x: x - 8, y: floor + 8, width: 16, height: P.band - 4, rx: 3 }));
      for (const side of ["lo", "hi"]) group.append(handle(column, scale, side, x, b, low, high));
      return [group];
    });
    svg.replaceChildren(...parts);
    if (focused) [...svg.querySelectorAll("[data-handle]")].find((h) => h.dataset.handle === focused)?.focus();
  };

  const handle = (column, scale, side, x, b, low, high) => {
    const value = b?.[side] ?? (side === "lo" ? low : high), set = b && b[side] !== null;
    const y = scale.at(Math.min(high, Math.max(low, value)));
    const text = column.levels ? column.levels[Math.round(Math.min(column.levels.length - 1, Math.max(0, value)))] : S.number(value);
    return el("rect", {
      class: "handle" + (set ? " active" : ""), x: x - 9, y: y - 3, width: 18, height: 6, rx: 3, role: "slider", tabindex: 0, "data-handle": `${column.id} ${side}`,
      "aria-label": `${side === "lo" ? "lower" : "upper"} end of ${column.name}`, "aria-orientation": "vertical", "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": value, "aria-valuetext": set ? text : "not set",
      onkeydown: (event) => moveByKey(event, column, side, value, true),
      onpointerdown: (event) => {
        event.preventDefault();
        event.stopPropagation();
        dragged((e) => bound(column, side, scale.back(e.clientY - parallel.svg.getBoundingClientRect().top)));
      },
    });
  };

  const brush = (event, column, scale, floor) => {
    event.preventDefault();
    const top = parallel.svg.getBoundingClientRect().top, from = event.clientY - top;
    state.bounds.delete(column);
    const known = column.values.some((v) => v === null);
    dragged((e) => {
      const [a, b] = [from, e.clientY - top].sort((p, q) => p - q);
      if (b - a < 4) return;
      const none = known && b > floor + 8;
      state.bounds.delete(column);
      if (none && a > floor + 4) state.bounds.set(column, { lo: null, hi: null, none: true });
      else {
        bound(column, "lo", scale.back(Math.min(b, floor)));
        bound(column, "hi", scale.back(a));
        if (none && state.bounds.has(column)) state.bounds.get(column).none = true;
      }
    });
    later();
  };

  // --- rule, table, pair ----------------------------------------------------------------------------------------------

  const drawRule = (count) => {
    const total = trial.filter((_, i) => visible(i)).length;
    find("choose-count").textContent = `${count} of ${total} trials`;
    const rules = [], others = [], chips = [];
    for (const [column, b] of state.bounds) {
      const rule = asRule(column, b);
      if (rule) rules.push(rule); else others.push(written(column, b));
      chips.push(el("button", { type: "button", class: "chip", "aria-label": `Remove: ${written(column, b)}`, onclick: () => { state.bounds.delete(column); now(); } }, S.shortened(written(column, b), 60) + " ×"));
    }
    find("choose-chips").replaceChildren(...chips);
    find("choose-rule").textContent = rules.length ? `tranches:\n  selection: ${quoted(rules.join(" and "))}` : "No threshold is set: drag a line, or brush an axis.";
    find("choose-rule-copy").hidden = !rules.length;
    find("choose-rule-note").textContent = others.length ? `Not part of a rule, which holds numbers only: ${others.join("; ")}.` : "";
  };

  const shownColumns = () => [...columns.filter((c) => c.goal), ...columns.filter((c) => c.kind === "parameter"), ...columns.filter((c) => c.kind === "cost"), ...columns.filter((c) => c.kind === "measure" && !c.goal)].slice(0, 14);
  const rows = () => {
    const found = [];
    for (let i = 0; i < S.size; i++) if (mask[i]) found.push(i);
    const values = state.sort.values, sign = state.descending ? -1 : 1;
    return found.sort((a, b) => (values[a] === null) - (values[b] === null) || sign * (values[a] - values[b]) || trial[a] - trial[b]);
  };

  const drawTable = () => {
    const shown = shownColumns(), found = rows();
    const head = el("tr", {}, el("th", { scope: "col" }, "trial"), ...shown.map((column) => {
      const sorted = column === state.sort;
      return el("th", { scope: "col", "aria-sort": sorted ? (state.descending ? "descending" : "ascending") : "none" }, el("button", { type: "button", title: column.name, onclick: () => {
        state.descending = sorted ? !state.descending : column.direction === "higher";
        state.sort = column;
        now();
      } }, S.shortened(column.name, 22) + (sorted ? (state.descending ? " ↓" : " ↑") : "")));
    }), el("th", { scope: "col" }, "compare"));
    const body = found.slice(0, state.rows).map((i) => {
      const number = trial[i], name = `${S.starred.has(number) ? "★ " : ""}${number}${number === S.study.chosen ? " (chosen)" : ""}`;
      const box = el("input", { type: "checkbox", "aria-label": `compare trial ${number}`, onchange: () => pin(number), onclick: (event) => event.stopPropagation() });
      box.checked = state.pair.includes(number);
      return el("tr", { tabindex: 0, "data-trial": number, class: number === S.study.chosen ? "chosen" : "", onclick: () => open(number), onkeydown: (event) => { if (event.key === "Enter" && event.target.tagName === "TR") open(number); } },
        el("td", {}, name), ...shown.map((column) => el("td", { class: column.values[i] === null ? "none" : "" }, S.shortened(S.shown(column, i), 28))), el("td", {}, box));
    });
    const table = find("choose-table");
    const at = document.activeElement?.closest?.("tr[data-trial]")?.dataset.trial;
    table.replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
    if (at && document.activeElement === document.body) table.querySelector(`tr[data-trial="${at}"]`)?.focus();
    const more = find("choose-more");
    more.hidden = found.length <= state.rows;
    more.textContent = `Show more (${found.length - Math.min(found.length, state.rows)} left)`;
  };

  const pin = (number) => {
    state.pair = state.pair.includes(number) ? state.pair.filter((n) => n !== number) : [...state.pair.slice(-1), number];
    now();
  };
  S.pin = pin;

  const drawPair = () => {
    const holder = find("choose-pair");
    holder.hidden = state.pair.length < 2;
    if (holder.hidden) return;
    const [a, b] = state.pair.map((number) => S.place.get(number));
    const differ = columns.filter((c) => c.values[a] !== c.values[b]);
    const gap = (c) => (c.levels || c.values[a] === null || c.values[b] === null ? "" : S.number(c.values[b] - c.values[a], 3));
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...["", `trial ${trial[a]}`, `trial ${trial[b]}`, "difference"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", {}, ...differ.map((c) => el("tr", {}, el("th", { scope: "row" }, c.name), el("td", {}, S.shown(c, a)), el("td", {}, S.shown(c, b)), el("td", {}, gap(c))))));
    const note = el("p", { class: "soft" }, `They differ in ${differ.length} of ${columns.length} columns; what is equal is left out. With intervals: sweepwright compare ${S.study.folder} ${trial[a]} ${trial[b]}`);
    holder.replaceChildren(el("h3", {}, "Two trials side by side"), el("div", { class: "scroll" }, table), note);
  };

  // --- controls -------------------------------------------------------------------------------------------------------

  const options = (select, key) => {
    for (const [kind, word] of [["measure", "Measures"], ["parameter", "Hyperparameters"], ["cost", "Costs"]]) {
      const members = columns.filter((c) => c.kind === kind);
      if (members.length) select.append(el("optgroup", { label: word }, ...members.map((c) => el("option", { value: c.id }, S.shortened(c.name, 60)))));
    }
    select.addEventListener("change", () => { state[key] = columns.find((c) => c.id === select.value); now(); });
  };
  for (const key of ["x", "y", "color"]) options(find(`choose-${key}`), key);
  find("choose-axes").append(...columns.map((column) => {
    const box = el("input", { type: "checkbox", "data-axis": column.id, onchange: () => {
      const kept = new Set(state.axes);
      if (box.checked) kept.add(column); else kept.delete(column);
      const order = defaults().axes;
      const rank = (c) => { const k = order.indexOf(c); return k < 0 ? order.length + columns.indexOf(c) : k; };
      state.axes = [...kept].sort((a, b) => rank(a) - rank(b));
      now();
    } });
    return el("label", {}, box, " " + S.shortened(column.name, 40));
  }));
  const controls = () => {
    for (const key of ["x", "y", "color"]) find(`choose-${key}`).value = state[key].id;
    for (const box of document.querySelectorAll("[data-axis]")) box.checked = state.axes.some((c) => c.id === box.dataset.axis);
    find("choose-hidden").checked = state.everything;
    find("choose-hidden").closest("label").hidden = S.hidden.size === 0;
  };
  find("choose-hidden").addEventListener("change", (event) => { state.everything = event.target.checked; now(); });
  find("choose-reset").addEventListener("click", () => { state = defaults(); state.bounds.clear(); now(); });
  find("choose-more").addEventListener("click", () => { state.rows += 4 * PAGE; drawTable(); });
  find("choose-rule-copy").addEventListener("click", (event) => S.copy(find("choose-rule").textContent + "\n", event.target));
  find("choose-link").addEventListener("click", (event) => S.copy(location.href.split("#")[0] + "#" + fragment(state), event.target));
  find("choose-csv").addEventListener("click", () => {
    const cell = (c, i) => (c.values[i] === null ? null : c.levels ? c.levels[c.values[i]] : c.values[i]);
    S.download("selection.csv", S.csv([["trial", ...columns.map((c) => c.name)], ...rows().map((i) => [trial[i], ...columns.map((c) => cell(c, i))])]));
  });

  const tip = find("choose-tip");
  const nearest = (event) => {
    const box = scatter.svg.getBoundingClientRect(), [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = null, distance = 144;
    for (const [px, py, i] of spots) {
      const d = (px - x) ** 2 + (py - y) ** 2 + (mask[i] ? 0 : 20);
      if (d < distance) [best, distance] = [i, d];
    }
    return best;
  };
  scatter.holder.addEventListener("pointermove", (event) => {
    const i = nearest(event);
    tip.hidden = i === null;
    scatter.holder.style.cursor = i === null ? "" : "pointer";
    if (i === null) return;
    const facts = S.facts(i), names = [...new Set([state.x, state.y, state.color, ...goals])];
    tip.replaceChildren(el("strong", {}, `trial ${trial[i]}`), ` ${facts.step}, ${facts.runs} run${facts.runs === 1 ? "" : "s"}${facts.ending === "COMPLETED" ? "" : ", " + facts.ending.toLowerCase()}`, ...names.map((c) => el("div", {}, `${S.shortened(c.name, 40)}: ${S.shown(c, i)}`)));
    const box = root.getBoundingClientRect();
    tip.style.left = Math.min(event.clientX - box.left + 14, box.width - 230) + "px";
    tip.style.top = event.clientY - box.top + 14 + "px";
  });
  scatter.holder.addEventListener("pointerleave", () => (tip.hidden = true));
  scatter.holder.addEventListener("click", (event) => { const i = nearest(event); if (i !== null && !event.target.closest(".threshold")) open(trial[i]); });

  const open = (number) => { state.open = number; remember(); S.openTrial(number, () => { state.open = null; remember(); drawScatter(); }); drawScatter(); };
  S.open = open;

  // --- drawing --------------------------------------------------------------------------------------------------------

  const draw = () => {
    const count = select();
    controls();
    drawScatter();
    drawParallel();
    drawRule(count);
    drawTable();
    drawPair();
    S.tellSelection(mask, state.bounds.size === 0 && (state.everything || S.hidden.size === 0));
  };
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  const now = () => { draw(); remember(); };

  const read = () => {
    const text = location.hash.slice(1);
    state = text.includes("=") ? parsed(text) : defaults();
    draw();
    if (state.open !== null) open(state.open);
  };
  window.addEventListener("hashchange", () => { if (location.hash.includes("=")) read(); });
  window.addEventListener("resize", later);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  root.hidden = false;
  read();
})();
