// Choose: linked views over all trials. One state (axes, bounds, colour, sort, pair, open trial) that lives in the URL's
// fragment; the trials that it selects, and the rule in words. The files of this folder are one script with one scope.

const S = window.SWEEPWRIGHT;
const root = document.getElementById("choose-views");
const { element: el } = S;
const { trial, columns, ending, pareto, once } = S.trials;
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
// Where a bound stands now: at the end of the data where nothing is asked.
const standing = (column, side) => state.bounds.get(column)?.[side] ?? S.extent(column)[side === "lo" ? 0 : 1];
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
// A name as a rule reads it: in backquotes where it holds words or signs of the rule itself.
const named = (name) => (/[<>=`]|\sand\s/.test(name) ? "`" + name.replaceAll("`", "``") + "`" : name);
// Levels that are numbers can stand in a rule; what cannot is said beside it.
const asRule = (column, b) => {
  if (b.none) return null;
  if (column.levels && !column.levels.every((t) => t !== "" && Number.isFinite(Number(t)))) return null;
  const level = (k) => column.levels[Math.min(column.levels.length - 1, Math.max(0, k))];
  const parts = [];
  if (b.lo !== null) parts.push(`${named(column.name)} >= ${column.levels ? level(Math.ceil(b.lo)) : b.lo}`);
  if (b.hi !== null) parts.push(`${named(column.name)} <= ${column.levels ? level(Math.floor(b.hi)) : b.hi}`);
  return parts.join(" and ");
};
const quoted = (text) => JSON.stringify(text);
