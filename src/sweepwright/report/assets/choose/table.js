// What is selected: the rule in words, the table, the pinned pair.

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
