// What is wrong, in plain words. Each finding has a title, a text, and perhaps the
// metric that it is about.

import { clock, count, length, number } from "./text.js";
import { kindOf } from "./data.js";

const manySeries = 1000;
const newSeries = 50; // in a minute, of 100 at least
const lately = 60_000;
const silenceShown = 15 * 60_000;

// findings returns what is wrong at a time of the store, the gravest first.
export function findings(data, refused, now, connected) {
  return [
    ...silences(data, now, connected),
    ...refusals(refused),
    ...explosions(data, now),
    ...doubles(data),
    ...beyond(data),
  ];
}

function refusals(refused) {
  return refused.map(r => ({
    id: "refused " + r.status + r.reason,
    kind: "refused",
    title: r.what + ": " + count(r.count, r.point ? "point" : "request") + " refused",
    text: r.do + " The store said: " + r.reason + " (status " + r.status + "), the last time at " + clock(r.last) + ".",
    code: r.point || "",
  }));
}

// most returns the tag with the most values.
function most(metric) {
  let best = ["", 0];
  for (const [key, values] of metric.values) if (key !== "le" && key !== "quantile" && values.size > best[1]) best = [key, values.size];
  return best;
}

function explosions(data, now) {
  const found = [];
  for (const m of data.metrics.values()) {
    if (m.series.size < 100 || isPart(data, m)) continue;
    let fresh = 0;
    for (let i = m.came.length - 1; i >= 0 && m.came[i] > now - lately; i--) fresh++;
    if (fresh === m.series.size && m.series.size < manySeries) fresh = 0; // all of them are new: it has just begun
    if (m.series.size < manySeries && fresh < newSeries) continue;
    const [key, values] = most(m);
    const name = kindOf(m) === "histogram" ? m.base : m.name;
    found.push({
      id: "many " + m.name, kind: "many", metric: m.name,
      title: name + " has " + count(m.series.size, "series", "series"),
      text: (fresh ? count(fresh, "of them is", "of them are") + " new in the last minute. " : "") +
        "The tag " + key + " has the most values: " + number(values) +
        ". Leave it out of the attributes, or give it few values.",
    });
  }
  return found.sort((a, b) => data.metrics.get(b.metric).series.size - data.metrics.get(a.metric).series.size).slice(0, 20);
}

function isPart(data, m) {
  const bucket = m.part && m.part !== "bucket" && data.metrics.get(m.base + m.joint + "bucket");
  return Boolean(bucket && bucket.values.has("le"));
}

function doubles(data) {
  const found = [];
  for (const m of data.metrics.values()) {
    let series = 0, points = 0, example = null;
    for (const s of m.series.values()) {
      if (!s.doubled) continue;
      series++; points += s.doubled; example = s;
    }
    if (!series) continue;
    const tags = [...example.tags].map(([k, v]) => k + "=" + v).join(", ");
    found.push({
      id: "double " + m.name, kind: "double", metric: m.name,
      title: m.name + " got two values of one series in one second, " + count(points, "time"),
      text: "A store keeps one of them. Two programs, or two instruments, send " + count(series, "series", "series") +
        " under the same name and tags, or one exports more than once a second. Give each a tag of its own.",
      code: m.name + "{" + tags + "}",
    });
  }
  return found.slice(0, 20);
}

function silences(data, now, connected) {
  const found = [];
  if (!connected) return found;
  for (const s of data.sources.values()) {
    const interval = s.interval();
    const silent = now - Math.max(s.lastTime, Math.min(s.heard, s.lastTime + interval));
    if (!interval || silent > silenceShown || silent < Math.max(2.5 * interval, interval + 3000)) continue;
    found.push({
      id: "silent " + s.label, kind: "silent",
      title: "Nothing has come from " + (s.label || "the program") + " for " + length(silent),
      text: "Before, an export came every " + length(interval) + ", the last at " + clock(s.lastTime) +
        ". Has the program ended? If not, its error handler says why it does not send.",
    });
  }
  return found.slice(0, 20);
}

function beyond(data) {
  if (!data.beyond) return [];
  return [{
    id: "beyond", kind: "many",
    title: "More series came than this page shows",
    text: count(data.beyond, "point") + " of further series were stored, and are not shown here.",
  }];
}
