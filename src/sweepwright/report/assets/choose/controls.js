// The controls, the trial under the pointer, and the drawing of everything together.

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
