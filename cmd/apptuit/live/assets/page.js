// The page: what was chosen, what is shown, and the keys.

import { Data, columnsOf, kindOf, labelOf, lineOf, quantileOf, rateOf, rows, sibling } from "./data.js";
import { findings } from "./wrong.js";
import { Chart, trend } from "./chart.js";
import { connect } from "./connection.js";
import { count, csv, moment, number, rate, short } from "./text.js";

const $ = id => document.getElementById(id);
const linesAtFirst = 10, linesAtMost = 20, rowsOfSeries = 100, rowsOfList = 100;
const quantiles = [0.5, 0.9, 0.99];
const views = { quantiles: "Quantiles", heat: "Heat map", rate: "Per second" };

const data = new Data();
const chart = new Chart($("chart"), $("readout"));
const state = { metric: "", minutes: 5, rate: null, view: "quantiles", search: "", picked: null, pausedAt: 0 };
let refused = [], connected = false, everConnected = false, run = "", restartedAt = 0, fresh = false;
let storeTime = 0, storeTimeAt = 0, stored = 0, listed = rowsOfList;

// ---- time

// storeNow is the clock of the store, which goes on where it is not heard.
function storeNow() { return storeTime ? storeTime + performance.now() - storeTimeAt : Date.now(); }
function shownNow() { return state.pausedAt || storeNow(); }

// ---- the link that keeps the view

function readLink() {
  const p = new URLSearchParams(location.hash.slice(1));
  state.metric = p.get("m") || "";
  state.minutes = [1, 5, 15].includes(Number(p.get("w"))) ? Number(p.get("w")) : 5;
  state.rate = p.has("rate") ? p.get("rate") === "1" : null;
  state.view = p.get("view") in views ? p.get("view") : "quantiles";
  state.search = p.get("q") || "";
  state.picked = p.has("s") ? new Set(p.getAll("s")) : null;
  if ($("search").value !== state.search) $("search").value = state.search;
}

function link() {
  const p = new URLSearchParams();
  if (state.metric) p.set("m", state.metric);
  if (state.minutes !== 5) p.set("w", state.minutes);
  if (state.rate !== null) p.set("rate", state.rate ? 1 : 0);
  if (state.view !== "quantiles") p.set("view", state.view);
  if (state.search) p.set("q", state.search);
  if (state.picked) for (const key of [...state.picked].slice(0, linesAtMost)) p.append("s", key);
  return "#" + p;
}
function linkOf(metric) {
  const p = new URLSearchParams({ m: metric });
  if (state.minutes !== 5) p.set("w", state.minutes);
  if (state.search) p.set("q", state.search);
  return "#" + p;
}

// changed keeps the view in the address and shows it.
function changed() {
  history.replaceState(null, "", link());
  showState();
  showDetail();
}

function choose(metric) {
  if (metric !== state.metric) { state.rate = null; state.picked = null; state.view = "quantiles"; }
  state.metric = metric;
  const before = location.hash;
  if (link() !== before) history.pushState(null, "", link());
  for (const tr of $("rows").children) mark(tr);
  showDetail();
  if (metric) $("detail-title").focus({ preventScroll: true });
  if (metric && document.body.scrollWidth < 1000) window.scrollTo(0, 0);
}

// ---- small helpers

function element(name, className, text) {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}
function say(e, text) { if (e.textContent !== text) e.textContent = text; }
// sayName writes a text that may break behind its separators.
function sayName(e, text) {
  if (e.textContent === text) return;
  e.textContent = "";
  for (const piece of text.match(/[^_.,/=]*[_.,/=]*/g)) if (piece) e.append(piece, document.createElement("wbr"));
}
function reuse(parent, wanted, make) { // as many children as wanted
  while (parent.children.length > wanted) parent.lastChild.remove();
  while (parent.children.length < wanted) parent.append(make());
  return parent.children;
}

// ---- the list

let listCache = { version: -1, time: 0, all: [] };

function allRows() {
  const now = performance.now();
  if (listCache.version !== data.version || now - listCache.time > 1000) listCache = { version: data.version, time: now, all: rows(data) };
  return listCache.all;
}

function matching() {
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return allRows();
  return allRows().filter(r => words.every(w => r.name.toLowerCase().includes(w) || r.kind === w || hasTag(r.metric, w)));
}
function hasTag(metric, word) {
  const [key, value] = word.split("=", 2);
  for (const [k, values] of metric.values) {
    if (value === undefined ? k.toLowerCase().includes(word) : k.toLowerCase() === key && [...values].some(v => v.toLowerCase().includes(value))) return true;
  }
  return false;
}

// lastOf returns the last value of a metric as text: of a counter the sum of its
// series, of gauges the least and the most.
function lastOf(row, now) {
  if (row.kind === "histogram") {
    const counts = sibling(data, row.metric, "count");
    return counts ? sumOf(counts, now) : "–";
  }
  if (row.metric.series.size === 1) {
    const s = row.metric.series.values().next().value, v = s.lastAt(now);
    return number(v, v === s.last ? s.exact : "");
  }
  if (row.kind === "counter") return sumOf(row.metric, now);
  let min = Infinity, max = -Infinity;
  for (const s of row.metric.series.values()) { const v = s.lastAt(now); if (v < min) min = v; if (v > max) max = v; }
  return min === max ? number(min) : short(min) + "…" + short(max);
}
function sumOf(metric, now) {
  let sum = 0, exact = "";
  for (const s of metric.series.values()) {
    const v = s.lastAt(now);
    if (!Number.isNaN(v)) sum += v;
    exact = s.exact;
  }
  return number(sum, metric.series.size === 1 ? exact : "");
}

function seriesOf(row) {
  return row.kind === "histogram" ? groupsOf(row.metric).length : row.metric.series.size;
}

function perSecondOf(row, now) {
  if (row.kind !== "histogram") return row.metric.perSecond(now);
  return ["bucket", "sum", "count", "min", "max"].reduce((n, p) => n + (sibling(data, row.metric, p)?.perSecond(now) || 0), 0);
}

function makeRow() {
  const tr = element("tr");
  const name = element("td"), a = element("a");
  name.append(a);
  const canvas = element("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const last = element("td", "trend");
  last.append(canvas);
  tr.append(name, element("td", "kind"), element("td", "number"), element("td", "number last"), element("td", "number rate"), last);
  tr.addEventListener("click", e => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    choose(tr.dataset.metric);
  });
  return tr;
}

function mark(tr) {
  const chosen = tr.dataset.metric === state.metric, a = tr.firstChild.firstChild;
  tr.classList.toggle("chosen", chosen);
  if (chosen) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
}

function showList() {
  const all = matching(), now = shownNow(), visible = all.slice(0, listed), color = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  const empty = data.metrics.size === 0;
  $("empty").hidden = !empty;
  $("metrics").hidden = empty;
  say($("list-title"), empty ? "Metrics" : state.search ? number(all.length) + " of " + count(allRows().length, "metric") : count(allRows().length, "metric"));
  $("more").hidden = all.length <= listed && (all.length > 0 || empty);
  $("more-button").hidden = all.length <= listed;
  say($("more-text"), all.length === 0 && !empty ? "No metric has this in its name or tags." : count(all.length - listed, "more metric") + ".");
  const trs = reuse($("rows"), visible.length, makeRow);
  visible.forEach((row, i) => {
    const tr = trs[i], [name, kind, series, last, points, line] = tr.children, a = name.firstChild;
    if (tr.dataset.metric !== row.key) tr.dataset.metric = row.key;
    sayName(a, row.name);
    a.title = row.name;
    const href = linkOf(row.key);
    if (a.getAttribute("href") !== href) a.setAttribute("href", href);
    say(kind, row.kind);
    name.dataset.kind = row.kind;
    say(series, number(seriesOf(row)));
    const text = lastOf(row, now);
    say(last, text);
    last.title = text;
    say(points, rate(perSecondOf(row, now)));
    mark(tr);
    const drawn = row.kind === "histogram" ? sibling(data, row.metric, "count") || row.metric : row.metric;
    const points60 = drawn.trend.filter(p => p[0] * 1000 <= now), stamp = points60.length ? points60[points60.length - 1].join() + color + row.key : "";
    if (line.firstChild.dataset.stamp !== stamp) { line.firstChild.dataset.stamp = stamp; trend(line.firstChild, points60, row.kind === "counter" || row.kind === "histogram", color); }
  });
}

// ---- the metric that is open

// groupsOf returns the series of a histogram, each with its buckets.
const groupsCache = new WeakMap();
function groupsOf(metric) {
  const cached = groupsCache.get(metric);
  if (cached && cached.size === metric.series.size) return cached.groups;
  const byKey = new Map();
  for (const s of metric.series.values()) {
    if (!s.tags.has("le")) continue;
    const pairs = [...s.tags].filter(([k]) => k !== "le"), key = JSON.stringify(pairs.flat());
    if (!byKey.has(key)) byKey.set(key, { key, tags: new Map(pairs), metric, buckets: [] });
    byKey.get(key).buckets.push(s);
  }
  const groups = [...byKey.values()];
  groupsCache.set(metric, { size: metric.series.size, groups });
  return groups;
}

const collator = new Intl.Collator("en", { numeric: true });
function sortByLabel(list, keys) {
  const labels = new Map(list.map(s => [s, labelOf(s, keys)]));
  return list.sort((a, b) => collator.compare(labels.get(a), labels.get(b)));
}

const orderCache = new WeakMap();
// orderOf returns the series of a metric as they are listed: by label where they are
// few, and else the largest first, as they were when the metric was opened.
function orderOf(metric, keys) {
  const cached = orderCache.get(metric);
  if (cached && cached.size === metric.series.size) return cached.order;
  const order = [...metric.series.values()];
  if (order.length <= rowsOfSeries) sortByLabel(order, keys);
  else order.sort((a, b) => (b.last || 0) - (a.last || 0));
  orderCache.set(metric, { size: metric.series.size, order });
  return order;
}

function window_(now) { return { from: now - state.minutes * 60_000, to: now }; }

// A picture is what is shown of the open metric: a spec for the chart, the table's
// head and rows, and the rows of the CSV.
function picture() {
  const metric = data.metrics.get(state.metric);
  if (!metric) return null;
  const kind = kindOf(metric);
  return kind === "histogram" ? histogramPicture(metric) : linesPicture(metric, kind);
}

function linesPicture(metric, kind) {
  const now = shownNow(), { from, to } = window_(now), keys = metric.tagsThatDiffer(), order = orderOf(metric, keys);
  const perSecond = state.rate === null ? kind === "counter" : state.rate;
  const picked = state.picked || new Set(order.slice(0, linesAtFirst).map(s => s.key));
  const colors = new Map();
  const lines = [];
  for (const s of order) {
    if (!picked.has(s.key) || lines.length >= linesAtMost) continue;
    colors.set(s.key, lines.length);
    lines.push({ key: s.key, label: labelOf(s, keys), color: lines.length, ...lineOf(s, from, to, perSecond) });
  }
  const over = Math.min(60_000, state.minutes * 60_000);
  const table = order.slice(0, rowsOfSeries).map(s => {
    const v = s.lastAt(now);
    const cells = kind === "counter"
      ? [number(v, v === s.last ? s.exact : ""), rate(rateOf(s, now, over))]
      : [number(v, v === s.last ? s.exact : ""), ...leastAndMost(s, from, to).map(x => number(x))];
    return { key: s.key, label: labelOf(s, keys), color: colors.has(s.key) ? colors.get(s.key) : -1, pressed: colors.has(s.key), cells };
  });
  return {
    metric, kind, name: metric.name, perSecond, canRate: true,
    spec: { lines, from, to, perSecond, zero: perSecond },
    head: ["Series", "Last", ...(kind === "counter" ? ["Per second"] : ["Least", "Most"])],
    table, total: order.length,
    csv: () => linesCSV(lines, perSecond),
  };
}

function leastAndMost(s, from, to) {
  let min = NaN, max = NaN;
  const end = s.before(to);
  for (let i = s.before(from - 1); i < end; i++) {
    const v = s.value(i);
    if (!(v >= min)) min = v;
    if (!(v <= max)) max = v;
  }
  return [min, max];
}

function linesCSV(lines, perSecond) {
  const times = [...new Set(lines.flatMap(l => l.times))].sort((a, b) => a - b);
  const maps = lines.map(l => new Map(l.times.map((t, i) => [t, l.values[i]])));
  return csv(["time", ...lines.map(l => l.label + (perSecond ? " per second" : ""))]) +
    times.map(t => csv([new Date(t).toISOString(), ...maps.map(m => m.has(t) ? m.get(t) : null)])).join("");
}

function histogramPicture(metric) {
  const now = shownNow(), { from, to } = window_(now), keys = metric.tagsThatDiffer("le");
  const groups = sortByLabel(groupsOf(metric).slice(), keys);
  const picked = state.picked || new Set(groups.map(g => g.key)), chosen = groups.filter(g => picked.has(g.key));
  const step = state.minutes === 1 ? 1000 : state.minutes === 5 ? 2500 : 7500;
  const { bounds, columns } = columnsOf(chosen.flatMap(g => g.buckets), from, to, step);
  const counts = sibling(data, metric, "count"), sums = sibling(data, metric, "sum");
  const of = (m, g) => m && m.series.get(g.key);
  let spec, makeCSV;
  if (state.view === "heat") {
    spec = { heat: { bounds, columns }, from, to };
    makeCSV = () => csv(["time", ...bounds.map(b => "le " + (b === Infinity ? "+Inf" : b))]) +
      columns.map(c => csv([new Date(c.until).toISOString(), ...c.counts])).join("");
  } else if (state.view === "rate") {
    const lines = chosen.slice(0, linesAtMost).map((g, i) => ({ key: g.key, label: labelOf(g, keys), color: i, ...(of(counts, g) ? lineOf(of(counts, g), from, to, true) : { times: [], values: [] }) }));
    spec = { lines, from, to, perSecond: true, zero: true };
    makeCSV = () => linesCSV(lines, true);
  } else {
    const lines = quantiles.map((q, i) => {
      const line = { key: String(q), label: "p" + q * 100, color: i, times: [], values: [] };
      for (const c of columns) { const v = quantileOf(bounds, c.counts, q); if (v !== null) { line.times.push(c.until); line.values.push(v); } }
      return line;
    });
    spec = { lines, from, to, zero: true };
    makeCSV = () => linesCSV(lines, false);
  }
  const table = groups.slice(0, rowsOfSeries).map(g => {
    const n = of(counts, g)?.lastAt(now), sum = of(sums, g)?.lastAt(now);
    const within = columnsOf(g.buckets, from, to, 15 * 60_000), all = new Float64Array(within.bounds.length);
    for (const c of within.columns) c.counts.forEach((v, i) => { all[i] += v; });
    const color = state.view === "rate" ? spec.lines.findIndex(l => l.key === g.key) : -2;
    return {
      key: g.key, label: labelOf(g, keys), color, pressed: picked.has(g.key),
      cells: [number(n, of(counts, g)?.exact), number(n > 0 ? round(sum / n) : NaN), ...quantiles.map(q => number(round(quantileOf(within.bounds, all, q))))],
    };
  });
  return {
    metric, kind: "histogram", name: metric.base, canRate: false, spec,
    legend: state.view === "quantiles" ? spec.lines : [],
    head: ["Series", "Count", "Mean", ...quantiles.map(q => "p" + q * 100)],
    table, total: groups.length, csv: makeCSV,
  };
}
function round(v) { return v === null ? null : Number(v.toPrecision(3)); }

let shownPicture = null;

function showDetail() {
  document.body.classList.toggle("opened", Boolean(state.metric));
  $("choose").hidden = Boolean(state.metric);
  $("open").hidden = !state.metric;
  if (!state.metric) { chart.clear(); shownPicture = null; return; }
  const pic = picture();
  shownPicture = pic;
  sayName($("detail-title"), pic ? pic.name : state.metric);
  $("body").hidden = $("how").hidden = $("actions").hidden = $("detail-kind").hidden = !pic;
  if (!pic) { say($("common"), "No point of this metric has come yet."); chart.clear(); return; }
  say($("detail-kind"), pic.kind);
  const common = pic.metric.tagsInCommon();
  say($("common"), common.length ? (pic.total > 1 ? "All series: " : "") + common.map(([k, v]) => k + "=" + v).join(", ") : "");
  showHow(pic);
  showChart(pic);
  showTable(pic);
}

function showHow(pic) {
  $("rate-label").hidden = !pic.canRate;
  $("rate").checked = Boolean(pic.perSecond);
  $("views").hidden = pic.kind !== "histogram";
  $("body").className = pic.kind === "histogram" ? "broad" : "";
  const legend = pic.legend || [], words = reuse($("legend"), legend.length, () => { const e = element("span"); e.append(element("span", "swatch"), element("span")); return e; });
  legend.forEach((l, i) => { words[i].firstChild.className = "swatch c" + l.color; say(words[i].lastChild, l.label); });
  $("legend").hidden = legend.length === 0;
  const names = Object.keys(views), buttons = reuse($("views"), names.length, () => {
    const b = element("button");
    b.type = "button";
    b.addEventListener("click", () => { state.view = b.dataset.view; changed(); });
    return b;
  });
  names.forEach((name, i) => {
    buttons[i].dataset.view = name;
    say(buttons[i], views[name]);
    buttons[i].setAttribute("aria-pressed", String(state.view === name));
  });
}

function showChart(pic) {
  chart.draw(pic.spec, dark.matches ? "dark" : "light");
  const none = pic.spec.heat ? pic.spec.heat.columns.length === 0 : pic.spec.lines.every(l => l.times.length === 0);
  $("nothing").hidden = !none;
  if (!none) return;
  let last = 0;
  for (const s of pic.metric.series.values()) last = Math.max(last, s.lastTime);
  say($("nothing"), last >= pic.spec.from && last <= pic.spec.to
    ? "There is one export so far; the chart needs two."
    : "No point in these minutes. The last was at " + moment(last, storeNow()) + ".");
}

function makeSeriesRow() {
  const tr = element("tr"), td = element("td"), b = element("button");
  b.type = "button";
  b.append(element("span", "swatch"), element("span", "name"));
  b.addEventListener("click", () => pick(tr.dataset.key));
  td.append(b);
  tr.append(td);
  return tr;
}

function showTable(pic) {
  const heads = reuse($("series-head"), pic.head.length, () => { const th = element("th"); th.scope = "col"; return th; });
  pic.head.forEach((h, i) => { say(heads[i], h); heads[i].className = i ? "number" : ""; });
  const trs = reuse($("series-rows"), pic.table.length, makeSeriesRow);
  pic.table.forEach((row, i) => {
    const tr = trs[i], b = tr.firstChild.firstChild;
    tr.dataset.key = row.key;
    b.setAttribute("aria-pressed", String(row.pressed));
    b.title = row.pressed ? "Leave it out of the chart" : "Show it in the chart";
    b.firstChild.className = "swatch" + (row.color >= 0 ? " c" + row.color % 10 : row.color === -2 && row.pressed ? " all" : "");
    sayName(b.lastChild, row.label);
    while (tr.children.length > row.cells.length + 1) tr.lastChild.remove();
    while (tr.children.length < row.cells.length + 1) tr.append(element("td", "number"));
    row.cells.forEach((c, j) => say(tr.children[j + 1], c));
  });
  const rest = pic.total - pic.table.length;
  $("series-more").hidden = rest <= 0;
  say($("series-more"), "The " + number(rowsOfSeries) + " largest are listed; there are " + number(rest) + " more.");
}

// pick puts a series into the chart, or takes it out.
function pick(key) {
  const pic = shownPicture;
  if (!pic) return;
  const now = new Set(pic.table.filter(r => r.pressed).map(r => r.key));
  if (state.picked) for (const k of state.picked) now.add(k);
  if (now.has(key)) now.delete(key); else now.add(key);
  state.picked = now;
  changed();
}

// ---- what is wrong, and how it is

let wrongShown = "";

function showWrong() {
  if (state.pausedAt) return;
  const found = findings(data, refused, storeNow(), connected);
  $("wrong").classList.toggle("found", found.length > 0);
  say($("wrong-title"), found.length === 0 ? "Nothing is wrong" : found.length === 1 ? found[0].title : count(found.length, "thing is", "things are") + " wrong: " + found[0].title);
  const text = JSON.stringify(found);
  if (text === wrongShown) return;
  wrongShown = text;
  if (found.length === 0) $("wrong-box").open = false;
  const items = reuse($("wrong-list"), found.length, () => {
    const li = element("li");
    const a = element("a");
    li.append(element("strong"), element("span", "text"), element("code"), a);
    a.addEventListener("click", e => { e.preventDefault(); choose(a.dataset.metric); });
    return li;
  });
  found.forEach((f, i) => {
    const [title, words, code, a] = items[i].children;
    items[i].dataset.kind = f.kind;
    say(title, f.title);
    say(words, f.text);
    say(code, f.code || "");
    code.hidden = !f.code;
    a.hidden = !f.metric;
    if (f.metric) { a.dataset.metric = keyOf(f.metric); a.setAttribute("href", linkOf(keyOf(f.metric))); say(a, "Show it"); }
  });
}

// keyOf returns the metric under which a part of a histogram is listed.
function keyOf(name) {
  const m = data.metrics.get(name), bucket = m && m.part ? sibling(data, m, "bucket") : null;
  return bucket && bucket.values.has("le") ? bucket.name : name;
}

function showState() {
  document.body.classList.toggle("connected", connected);
  document.body.classList.toggle("lost", !connected && everConnected);
  say($("connection"), connected ? (state.pausedAt ? "paused; points are still collected" : "connected to " + location.host) : everConnected ? "disconnected" : "connecting");
  const notice = !connected && everConnected
    ? "The store at " + location.host + " does not answer. This page tries it every second; what came until now is still shown."
    : restartedAt && performance.now() - restartedAt < 30_000
      ? "The store was started again. What it had before is gone there, and still shown here."
      : "";
  $("notice").hidden = !notice;
  say($("notice"), notice);
  for (const b of $("windows").children) b.setAttribute("aria-pressed", String(Number(b.dataset.window) === state.minutes));
  $("pause").setAttribute("aria-pressed", String(Boolean(state.pausedAt)));
  say($("pause"), state.pausedAt ? "Go on" : "Pause");
  if (state.pausedAt) return;
  let perSecond = 0;
  for (const m of data.metrics.values()) perSecond += m.perSecond(storeNow());
  say($("total-points"), number(stored));
  say($("total-rate"), rate(perSecond));
  say($("total-series"), number(data.seriesCount));
}

function show() {
  showState();
  showWrong();
  showList();
  showDetail();
}

// ---- what was done

function pause() {
  state.pausedAt = state.pausedAt ? 0 : storeNow();
  show();
}

function download() {
  if (!shownPicture) return;
  const a = element("a");
  a.href = URL.createObjectURL(new Blob([shownPicture.csv()], { type: "text/csv;charset=utf-8" }));
  a.download = shownPicture.name.replace(/[^\w.-]+/g, "_").slice(0, 100) + ".csv";
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

async function copyLink() {
  history.replaceState(null, "", link());
  let text = "Copied";
  try { await navigator.clipboard.writeText(location.href); } catch { text = "It is in the address"; }
  say($("link"), text);
  setTimeout(() => say($("link"), "Copy link"), 1500);
}

function move(by) {
  const links = [...$("rows").querySelectorAll("a")], at = links.indexOf(document.activeElement);
  const chosen = links.findIndex(a => a.hasAttribute("aria-current"));
  const next = links[Math.max(0, Math.min(links.length - 1, at >= 0 ? at + by : chosen >= 0 ? chosen + by : 0))];
  if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
}

function key(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || $("help").open) return;
  const typing = e.target === $("search");
  if (e.key === "Escape") {
    if (typing && state.search) { $("search").value = state.search = ""; changed(); showList(); } else if (typing) $("search").blur(); else { const was = state.metric; choose(""); focusRow(was); }
    return;
  }
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    if (["table-box", "lines"].includes(e.target.id)) return;
    e.preventDefault();
    move(e.key === "ArrowDown" ? 1 : -1);
    return;
  }
  if (typing) return;
  if ((e.key === "ArrowLeft" || e.key === "ArrowRight") && e.target === $("chart")) { e.preventDefault(); chart.step(e.key === "ArrowLeft" ? -1 : 1); return; }
  const act = {
    "/": () => $("search").focus(),
    "1": () => { state.minutes = 1; changed(); }, "2": () => { state.minutes = 5; changed(); }, "3": () => { state.minutes = 15; changed(); },
    p: pause,
    r: () => { if (shownPicture?.canRate) { state.rate = !shownPicture.perSecond; changed(); } },
    v: () => { const names = Object.keys(views); state.view = names[(names.indexOf(state.view) + 1) % names.length]; changed(); },
    "?": () => $("help").showModal(),
  }[e.key];
  if (act) { e.preventDefault(); act(); }
}
function focusRow(metric) {
  for (const tr of $("rows").children) if (tr.dataset.metric === metric) tr.firstChild.firstChild.focus();
}

// ---- the beginning

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", show);
addEventListener("popstate", () => { readLink(); show(); });
addEventListener("hashchange", () => { readLink(); show(); });
addEventListener("keydown", key);
$("search").addEventListener("input", () => { state.search = $("search").value; listed = rowsOfList; history.replaceState(null, "", link()); showList(); });
$("windows").addEventListener("click", e => { if (e.target.dataset.window) { state.minutes = Number(e.target.dataset.window); changed(); } });
$("rate").addEventListener("change", () => { state.rate = $("rate").checked; changed(); });
$("pause").addEventListener("click", pause);
$("keys").addEventListener("click", () => $("help").showModal());
$("csv").addEventListener("click", download);
$("link").addEventListener("click", copyLink);
$("back").addEventListener("click", e => { e.preventDefault(); const was = state.metric; choose(""); focusRow(was); });
$("more-button").addEventListener("click", () => { listed += rowsOfList; showList(); });
$("wrong-box").addEventListener("click", e => { if (!$("wrong").classList.contains("found")) e.preventDefault(); });
$("lines").textContent = "export APPTUIT_API_ENDPOINT=" + location.origin + location.pathname.replace(/\/$/, "") + "\nexport APPTUIT_API_TOKEN=any-token";

readLink();
show();
connect({
  hello(e) {
    if (run && e.run !== run) { data.forgetIds(); restartedAt = performance.now(); }
    run = e.run;
    connected = everConnected = fresh = true;
    showState();
  },
  points(e) { data.take(e, storeNow()); },
  tick(e) {
    storeTime = e.now;
    storeTimeAt = performance.now();
    stored = e.stored;
    if (e.refused) refused = e.refused;
    if (fresh) { fresh = false; show(); }
  },
  lost() { connected = false; showState(); },
});
setInterval(() => { if (!document.hidden && !state.pausedAt) show(); }, 1000);
setInterval(() => data.prune(storeNow()), 60_000);
