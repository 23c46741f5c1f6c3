// The scatter: marks on canvas; axes, and thresholds that are dragged, in SVG.

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
      context.arc(px, py, once[i] ? radius - 0.7 : radius, 0, 7);
      if (once[i]) { context.strokeStyle = context.fillStyle; context.lineWidth = 1.6; context.stroke(); } else context.fill();
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
  legend();
};

// What colours and marks mean, above the scatter: only what occurs.
const legend = () => {
  const column = state.color, entry = (style, text) => el("span", {}, el("i", { style }), text);
  const few = column.levels && column.levels.length <= S.palette.length;
  const parts = [el("strong", {}, S.shortened(column.name, 40))];
  if (few) parts.push(...column.levels.map((text, k) => entry(`background:${S.palette[k]}`, S.shortened(text, 24))));
  else {
    const [low, high] = column.levels ? [0, column.levels.length - 1] : S.extent(column), said = (value) => (column.levels ? column.levels[value] : S.number(value, 3));
    const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => S.viridis(share)).join(",");
    parts.push(el("span", {}, said(low), el("i", { class: "ramp", style: `background:linear-gradient(to right,${steps})` }), said(high)));
  }
  if (column.values.includes(null)) parts.push(entry("background:#9aa0a8", column.kind === "parameter" ? "inactive" : "no value"));
  const marks = "background:none;border:2px solid ", seen = trial.map((_, i) => i).filter(visible);
  if (S.place.has(S.study.chosen)) parts.push(entry(marks + "var(--accent)", "chosen"));
  if (seen.some((i) => pareto[i])) parts.push(entry("background:var(--band);border:1.5px solid var(--ink)", "no other beats it in every goal"));
  if (seen.some((i) => once[i])) parts.push(entry(marks + "var(--soft)", "hollow: it ran once"));
  if (seen.some((i) => ending[i] !== "COMPLETED")) parts.push(el("span", {}, el("b", { style: "color:var(--bad)" }, "×"), "failed or stopped"));
  find("choose-legend").replaceChildren(...parts);
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
  const value = standing(column, side);
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
    onkeydown: (event) => moveByKey(event, column, side),
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

// From where the bound stands, not from where it was drawn: keys may come faster than frames.
const moveByKey = (event, column, side) => {
  const [low, high] = S.extent(column), value = standing(column, side), scale = S.scale(column, 0, 100);
  const size = column.levels ? 100 / column.levels.length : event.shiftKey ? 10 : 1;
  const ways = { ArrowRight: size, ArrowUp: size, ArrowLeft: -size, ArrowDown: -size };
  if (event.key in ways) bound(column, side, scale.back(scale.at(Math.min(high, Math.max(low, value))) + ways[event.key]));
  else if (["Delete", "Backspace", "Home", "End"].includes(event.key)) bound(column, side, event.key === "End" ? high : event.key === "Home" ? low : side === "lo" ? low : high);
  else return;
  event.preventDefault();
  later();
  remember();
};
