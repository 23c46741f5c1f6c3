// One trial in a dialog: configuration (differences from the default first), runs with their seeds, curves, notes, files.
// Its data load from trials/<n>.js when it is opened; a single file holds those that matter most.
"use strict";
(() => {
  const S = window.SWEEPWRIGHT;
  const { element: el } = S;
  const dialog = document.getElementById("trial");
  const loaded = new Map();
  S.addTrial = (number, panel) => loaded.set(number, panel);
  for (const [number, panel] of S.panels ?? []) loaded.set(number, panel);

  const load = (number, then) => {
    if (loaded.has(number) || S.study.single) return then(loaded.get(number) ?? null);
    const script = el("script", { src: `trials/${number}.js`, onload: () => then(loaded.get(number) ?? null), onerror: () => then(null) });
    document.head.append(script);
  };

  S.openTrial = (number, closed) => load(number, (panel) => {
    dialog.replaceChildren(...(panel ? content(number, panel) : [bar(number), el("p", {}, S.study.single ? "Its runs and curves are in the report folder; this single file holds the trials that matter most." : `trials/${number}.js could not be read.`)]));
    dialog.onclose = closed;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("h2").focus();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  const bar = (number) => el("header", {}, el("h2", { tabindex: -1 }, `Trial ${number}`), el("button", { type: "button", onclick: () => dialog.close(), "aria-label": "Close" }, "✕"));
  const value = (v) => (v === null ? "none" : typeof v === "number" ? S.number(v, 6) : String(v));

  const content = (number, panel) => {
    const roles = [panel.role, S.starred.has(number) ? "★ starred" : "", S.hidden.has(number) ? "hidden" : "", panel.invalid ? `not to be used: ${panel.invalid}` : ""].filter(Boolean);
    const named = Object.entries(panel.configuration), differs = new Set(panel.differs);
    const rows = [...named.filter(([k]) => differs.has(k)), ...named.filter(([k]) => !differs.has(k))];
    const settings = el("table", { class: "settings" }, el("tbody", {}, ...rows.map(([k, v]) => el("tr", { class: differs.has(k) ? "" : "same" }, el("th", { scope: "row" }, k), el("td", {}, value(v)), el("td", { class: "soft" }, differs.has(k) && k in panel.default ? `default ${value(panel.default[k])}` : "")))));
    const buttons = el("p", { class: "buttons" }, ...Object.entries(copies(panel.configuration)).map(([name, text]) => el("button", { type: "button", "data-copy": name, "data-text": text, onclick: (event) => S.copy(text, event.target) }, `Copy as ${name}`)),
      el("button", { type: "button", onclick: (event) => { S.pin(number); event.target.textContent = "Chosen for comparison"; } }, "Compare with another"));
    const parts = [bar(number), el("p", { class: "soft" }, roles.join("; ")), settings, buttons];
    if (panel.notes.length) parts.push(el("h3", {}, "Notes"), el("ul", {}, ...panel.notes.map((note) => el("li", {}, note.text, el("span", { class: "soft" }, ` ${note.at.slice(0, 10)}`)))));
    parts.push(el("h3", {}, "Runs"), runs(panel));
    const drawn = curves(panel);
    parts.push(el("h3", {}, "Curves"), drawn ?? el("p", { class: "soft" }, "These runs kept no curves."));
    if (panel.files.length && !S.study.single) parts.push(el("h3", {}, "Files"), el("p", {}, ...panel.files.flatMap((file) => [el("a", { href: file }, file.replace("../", "")), " "])));
    parts.push(el("p", { class: "soft" }, `Identity ${panel.identity}, data ${S.study.data_hash.slice(0, 16)}, ${S.study.command}`));
    return parts;
  };

  // A configuration to paste. JSON is YAML and Python but for three words, and for numbers such as 1e-7, which want a point.
  const literal = (v) => (typeof v === "number" ? String(v).replace(/^(-?\d+)e/, "$1.0e") : JSON.stringify(v));
  const python = (v) => (v === null ? "None" : v === true ? "True" : v === false ? "False" : literal(v));
  const copies = (configuration) => {
    const named = Object.entries(configuration);
    const found = {
      YAML: `incumbent:\n${named.map(([k, v]) => `  ${JSON.stringify(k)}: ${literal(v)}\n`).join("")}`,
      Python: `configuration = {${named.map(([k, v]) => `${JSON.stringify(k)}: ${python(v)}`).join(", ")}}`,
    };
    if (S.study.problem === null) return found; // its runs were made elsewhere
    const space = named.map(([k, v]) => `  ${JSON.stringify(k)}: {fixed: {value: ${literal(v)}}}\n`).join("");
    const file = `problem: ${JSON.stringify(S.study.problem)}\ndata: ${JSON.stringify(S.study.data)}\nspace:\n${space}`;
    return { ...found, command: `cat > trial.yaml <<'END'\n${file}END\nsweepwright run trial.yaml --folder studies/trial\n` };
  };

  const runs = (panel) => {
    const measures = panel.measures;
    const head = ["run", "step", "condition", "replicate", "seed", "ending", "verdict", "seconds", ...measures];
    const body = panel.runs.map((run) => el("tr", { class: run.used ? "" : "same" }, ...[run.run, run.step, run.condition, run.replicate, run.seed ?? "", run.ending.toLowerCase() + (run.cause ? `: ${run.cause}` : ""), run.verdict.toLowerCase(), S.number(run.seconds, 3), ...run.measured.map((v) => S.number(v))].map((text) => el("td", {}, String(text)))));
    return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, ...body)));
  };

  // Small multiples: one panel per curve, a line per run of the reference condition, others pale.
  const curves = (panel) => {
    const names = Object.keys(panel.curves);
    if (!names.length) return null;
    const W = 250, H = 140, L = 46, B = 20;
    return el("div", { class: "curves" }, ...names.map((name) => {
      const lines = panel.curves[name];
      const points = lines.flatMap((line) => line.y.filter((v) => v !== null)), ends = lines.map((line) => line.x[line.x.length - 1]);
      if (!points.length) return el("p", { class: "soft" }, `${name}: no finite value`);
      const column = { values: points, log: Math.min(...points) > 0 && Math.max(...points) > 100 * Math.min(...points), levels: null };
      const ys = S.scale(column, H - B, 6), last = Math.max(1, ...ends), x = (v) => L + ((W - L - 6) * v) / last;
      const drawn = lines.map((line, k) => el("polyline", { points: line.x.map((v, i) => (line.y[i] === null || (column.log && line.y[i] <= 0) ? "" : `${x(v).toFixed(1)},${ys.at(line.y[i]).toFixed(1)}`)).filter(Boolean).join(" "), fill: "none", stroke: S.palette[k % S.palette.length], "stroke-width": 1.4, opacity: line.reference ? 0.9 : 0.35 }, el("title", {}, `run ${line.run}, ${line.condition}`)));
      const marks = ys.ticks.slice(0, 5).flatMap(([v, text]) => [el("line", { class: "grid", x1: L, x2: W - 6, y1: ys.at(v), y2: ys.at(v) }), el("text", { class: "label", x: L - 4, y: ys.at(v) + 3.5, "text-anchor": "end" }, text)]);
      const feet = [el("text", { class: "label", x: L, y: H - 4 }, "0"), el("text", { class: "label", x: W - 6, y: H - 4, "text-anchor": "end" }, `epoch ${last}`)];
      return el("figure", {}, el("figcaption", {}, name), el("svg", { viewBox: `0 0 ${W} ${H}`, width: W, height: H, role: "img", "aria-label": `${name} of ${lines.length} runs by epoch` }, ...marks, ...drawn, ...feet));
    }));
  };
})();
