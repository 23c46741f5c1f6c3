// Parallel coordinates: lines on canvas; axes with brushes and handles in SVG.

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
  const value = standing(column, side), set = b && b[side] !== null;
  const y = scale.at(Math.min(high, Math.max(low, value)));
  const text = column.levels ? column.levels[Math.round(Math.min(column.levels.length - 1, Math.max(0, value)))] : S.number(value);
  return el("rect", {
    class: "handle" + (set ? " active" : ""), x: x - 9, y: y - 3, width: 18, height: 6, rx: 3, role: "slider", tabindex: 0, "data-handle": `${column.id} ${side}`,
    "aria-label": `${side === "lo" ? "lower" : "upper"} end of ${column.name}`, "aria-orientation": "vertical", "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": value, "aria-valuetext": set ? text : "not set",
    onkeydown: (event) => moveByKey(event, column, side),
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
