// Figures come to life when they are scrolled to: Vega draws them in the page's colours, linked to the selection of Choose.
// Without script, and on paper, their still pictures stand there. Views that turn load Plotly when they are asked to.
"use strict";
(() => {
  const S = window.SWEEPWRIGHT;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const live = new Map();

  const rows = () => {
    const { trial, columns } = S.trials;
    return trial.map((number, i) => {
      const row = { trial: number };
      for (const c of columns) if (c.values[i] !== null) row[c.id] = c.levels ? c.levels[c.values[i]] : c.values[i];
      return row;
    });
  };

  const show = (holder) => {
    const name = holder.dataset.figure;
    const spec = { ...S.figures[name], config: S.config[dark.matches ? "dark" : "light"] };
    spec.datasets = { ...spec.datasets, ...(S.linked.includes(name) ? { trials: rows() } : {}) };
    const place = holder.querySelector(".live");
    vegaEmbed(place, spec, { actions: false, renderer: "svg", tooltip: { theme: dark.matches ? "dark" : "light" } }).then((result) => {
      live.set(name, result.view);
      tell(result.view, S.selected ?? null);
      place.querySelector("svg")?.setAttribute("aria-hidden", "true");
      holder.classList.add("alive");
    }, (error) => { holder.classList.remove("alive"); console.warn(`${name} stays a still picture: ${error.message}`); });
  };

  const tell = (view, selected) => {
    try { view.signal("selected_trials", selected).runAsync(); } catch { /* a figure that shows no trials has no such signal */ }
  };
  S.onSelection((selected) => { for (const view of live.values()) tell(view, selected); });

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { seen.unobserve(entry.target); show(entry.target); }
  }, { rootMargin: "300px" });
  for (const holder of document.querySelectorAll("[data-figure]")) seen.observe(holder);
  dark.addEventListener("change", () => {
    for (const [name, view] of live) { view.finalize(); show(document.querySelector(`[data-figure="${CSS.escape(name)}"]`)); }
  });

  // --- views that turn ------------------------------------------------------------------------------------------------

  const canTurn = () => { try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; } };
  const plotly = (then, failed) => {
    if (window.Plotly) return then();
    document.head.append(S.element("script", { src: "assets/plotly.js", onload: then, onerror: failed }));
  };
  for (const button of document.querySelectorAll("[data-turns]")) {
    const note = (text) => { button.disabled = true; button.textContent = text; };
    if (S.study.single) { note("It turns in the report folder"); continue; }
    if (!canTurn()) { note("This browser has no WebGL: the still picture stands for it"); continue; }
    button.addEventListener("click", () => plotly(() => {
      const holder = button.closest("figure").querySelector(".chart"), figure = S.turning[button.dataset.turns];
      const ink = S.css("--ink"), place = S.element("div", { class: "turning" });
      const axis = { color: ink, gridcolor: S.css("--line"), backgroundcolor: "rgba(0,0,0,0)" };
      const scene = Object.fromEntries(["xaxis", "yaxis", "zaxis"].map((k) => [k, { ...figure.layout.scene[k], ...axis }]));
      holder.append(place);
      holder.classList.add("turns");
      Plotly.newPlot(place, figure.data, { ...figure.layout, scene, paper_bgcolor: "rgba(0,0,0,0)", font: { color: ink } }, { responsive: true, displaylogo: false, displayModeBar: false });
      button.remove();
    }, () => note("assets/plotly.js could not be read")));
  }

  // Links of the page's own contents scroll without touching the fragment, which holds the selection.
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      const target = document.getElementById(link.getAttribute("href").slice(1));
      if (!target) return;
      event.preventDefault();
      for (let at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
      target.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      target.setAttribute("tabindex", "-1");
      target.focus({ preventScroll: true });
    });
  }
})();
