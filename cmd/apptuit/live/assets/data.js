// What came: metrics, their series and the points of these. It knows nothing of
// the page. Times are milliseconds since the Unix epoch.

export const keepFor = 15 * 60 * 1000;
const budget = 4_000_000; // points of all series together
const firstRoom = 16; // points
const leastRoom = 64; // points of a series, however many series there are
const trendLength = 60;
const maxSources = 200;
const part = /^(.+)([._])(bucket|sum|count|min|max)$/;
// The tags that tell who sends, the first of a line that is there.
const sourceTags = [["service_name", "service.name", "job"], ["service_instance_id", "service.instance.id"], ["host", "host_name", "host.name"]];

// A Series has its points in order of time, one for each time, in a ring.
export class Series {
  constructor(metric, tags, key) {
    this.metric = metric;
    this.tags = tags; // Map
    this.key = key;
    this.times = new Float64Array(firstRoom);
    this.values = new Float64Array(firstRoom);
    this.start = 0;
    this.length = 0;
    this.exact = ""; // the digits of the last value, where it is a large integer
    this.doubled = 0; // points that took the place of another of their second
    this.doubledAt = 0;
    this.fromZero = false; // it began while its source was there already
    this.source = null;
  }
  at(i) { return (this.start + i) % this.times.length; }
  time(i) { return this.times[this.at(i)]; }
  value(i) { return this.values[this.at(i)]; }
  get lastTime() { return this.length ? this.time(this.length - 1) : 0; }
  get last() { return this.length ? this.value(this.length - 1) : NaN; }

  // before returns how many points are not later than a time.
  before(time) {
    let low = 0, high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time(middle) <= time) low = middle + 1; else high = middle;
    }
    return low;
  }
  // lastAt returns the value that was the last at a time.
  lastAt(time) {
    if (this.lastTime <= time) return this.last;
    const n = this.before(time);
    return n ? this.value(n - 1) : NaN;
  }
  add(time, value, room) {
    const n = this.length;
    if (n === 0 || time > this.lastTime) {
      this.push(time, value, room);
      return;
    }
    const i = this.before(time);
    if (i > 0 && this.time(i - 1) === time) {
      this.values[this.at(i - 1)] = value;
      return;
    }
    if (i === 0 && n >= room) return; // older than all that is kept
    this.push(time, value, room);
    const late = this.length - 1;
    for (let j = late; j > 0 && this.time(j - 1) > time; j--) {
      const a = this.at(j), b = this.at(j - 1);
      this.times[a] = this.times[b]; this.values[a] = this.values[b];
      this.times[b] = time; this.values[b] = value;
    }
  }
  push(time, value, room) {
    if (this.length === this.times.length && this.length < room) this.grow(Math.min(2 * this.length, room));
    if (this.length === this.times.length) {
      this.times[this.start] = time;
      this.values[this.start] = value;
      this.start = (this.start + 1) % this.times.length;
      return;
    }
    const i = this.at(this.length++);
    this.times[i] = time;
    this.values[i] = value;
  }
  grow(size) {
    const times = new Float64Array(size), values = new Float64Array(size);
    for (let i = 0; i < this.length; i++) { times[i] = this.time(i); values[i] = this.value(i); }
    this.times = times; this.values = values; this.start = 0;
  }
}

// A Metric is the series of one name.
export class Metric {
  constructor(name) {
    this.name = name;
    this.series = new Map(); // by key
    this.values = new Map(); // of tags: key to a set
    this.came = [];  // of new series: times, the newest 10,000
    this.ups = 0;
    this.downs = 0; // what no counter does
    this.resets = 0; // falls to about zero, as of a counter whose program began anew
    this.points = new Float64Array(64); // by second
    this.seconds = new Float64Array(64);
    this.firstTime = 0;
    this.lastTime = 0;
    this.sum = 0; // of all last values
    this.trend = []; // [second, sum], the newest
    this.different = null;
    const found = part.exec(name);
    this.base = found ? found[1] : "";
    this.joint = found ? found[2] : "";
    this.part = found ? found[3] : "";
  }
  get grows() { return this.ups > 0 && this.downs === 0 && this.resets * 20 <= this.ups; }
  get hasQuantiles() { return this.values.has("quantile"); }

  // perSecond returns how many points a second came in the minute before a time.
  perSecond(now) {
    const second = Math.floor(now / 1000), from = Math.max(second - 60, Math.floor(this.firstTime / 1000));
    let n = 0;
    for (let i = 0; i < 64; i++) if (this.seconds[i] >= from && this.seconds[i] < second) n += this.points[i];
    return second > from ? n / (second - from) : 0;
  }
  count(second) {
    const i = ((second % 64) + 64) % 64;
    if (this.seconds[i] > second) return;
    if (this.seconds[i] !== second) { this.seconds[i] = second; this.points[i] = 0; }
    this.points[i]++;
  }
  // tagsThatDiffer returns the keys that tell the series apart.
  tagsThatDiffer(without) {
    if (this.different === null) {
      this.different = [...this.values.keys()].filter(key => {
        if (this.values.get(key).size > 1) return true;
        for (const s of this.series.values()) if (!s.tags.has(key)) return true;
        return false;
      }).sort();
    }
    return this.different.filter(key => key !== without);
  }
  tagsInCommon() {
    const different = new Set(this.tagsThatDiffer());
    return [...this.values.keys()].filter(key => !different.has(key)).sort()
      .map(key => [key, this.values.get(key).values().next().value]);
  }
}

// A Source is a program that exports, as its tags tell it.
class Source {
  constructor(label) {
    this.label = label;
    this.firstTime = 0;
    this.lastTime = 0;
    this.gaps = [];
    this.heard = 0; // by the clock of the store
  }
  // interval returns how long it is between two exports, 0 where that is not known.
  interval() {
    if (this.gaps.length < 2) return 0;
    return [...this.gaps].sort((a, b) => a - b)[this.gaps.length >> 1];
  }
}

export class Data {
  constructor() {
    this.metrics = new Map();
    this.byId = []; // of the store's generation
    this.generation = -1;
    this.sources = new Map();
    this.seriesCount = 0;
    this.pointCount = 0;
    this.beyond = 0; // points of series that the store leaves out
    this.version = 0; // changes with each new metric
    this.room = 2048;
    this.restarted = false;
  }

  // take takes an event of points; now is the time of the store.
  take(event, now) {
    if (event.g !== this.generation) { this.generation = event.g; this.byId = []; }
    for (const [id, name, pairs] of event.s) this.byId[id] = this.open(name, pairs);
    const p = event.p;
    for (let i = 0; i < p.length; i += 3) this.add(this.byId[p[i]], event.t + p[i + 1], p[i + 2], now);
    this.pointCount += p.length / 3 + event.x;
    this.beyond += event.x;
  }

  // forgetIds is called where another run of the store counts anew.
  forgetIds() { this.byId = []; this.generation = -1; }

  open(name, pairs) {
    let metric = this.metrics.get(name);
    if (!metric) {
      metric = new Metric(name);
      this.metrics.set(name, metric);
      this.version++;
    }
    const key = JSON.stringify(pairs);
    let series = metric.series.get(key);
    if (series) return series;
    const tags = new Map();
    for (let i = 0; i < pairs.length; i += 2) {
      tags.set(pairs[i], pairs[i + 1]);
      let values = metric.values.get(pairs[i]);
      if (!values) metric.values.set(pairs[i], values = new Set());
      values.add(pairs[i + 1]);
    }
    series = new Series(metric, tags, key);
    series.source = this.source(tags);
    metric.series.set(key, series);
    metric.different = null;
    this.seriesCount++;
    this.room = Math.min(2048, Math.max(leastRoom, Math.floor(budget / this.seriesCount)));
    return series;
  }

  source(tags) {
    const words = [];
    for (const names of sourceTags) {
      const name = names.find(n => tags.has(n));
      if (name) words.push(name + "=" + tags.get(name));
    }
    const label = words.join(", ");
    let source = this.sources.get(label);
    if (!source) {
      source = new Source(label);
      if (this.sources.size >= maxSources) this.sources.delete(this.sources.keys().next().value);
      this.sources.set(label, source);
    }
    return source;
  }

  add(series, time, sent, now) {
    if (!series || sent === null) return;
    const value = typeof sent === "string" ? Number(sent) : sent;
    const metric = series.metric, before = series.last, beforeTime = series.lastTime, second = Math.floor(time / 1000);
    const source = series.source;
    if (series.length === 0) {
      series.fromZero = source.firstTime > 0 && time > source.firstTime + 999;
      metric.came.push(Math.min(now, time));
      if (metric.came.length > 20_000) metric.came.splice(0, 10_000);
    } else if (Math.floor(beforeTime / 1000) === second && before !== value) {
      series.doubled++;
      series.doubledAt = now;
    }
    if (value < 0) metric.downs++; // no counter is below zero
    if (time >= beforeTime) {
      if (series.length && (value > before || value === before && larger(sent, series.exact))) metric.ups++;
      if (series.length && value < before) { if (before > 0 && value >= 0 && value <= before / 10) metric.resets++; else metric.downs++; }
      metric.sum += value - (series.length ? before : 0);
      series.exact = typeof sent === "string" ? sent : "";
    }
    series.add(time, value, this.room);
    metric.count(second);
    if (!metric.firstTime || time < metric.firstTime) metric.firstTime = time;
    if (time >= metric.lastTime) { metric.lastTime = time; this.trend(metric, second); }
    this.hear(source, time, now);
  }

  trend(metric, second) {
    const trend = metric.trend, last = trend[trend.length - 1];
    if (last && last[0] === second) { last[1] = metric.sum; return; }
    trend.push([second, metric.sum]);
    if (trend.length > trendLength) trend.shift();
  }

  hear(source, time, now) {
    source.heard = now;
    if (!source.firstTime || time < source.firstTime) source.firstTime = time;
    if (time <= source.lastTime) return;
    if (source.lastTime && time - source.lastTime > 400) {
      source.gaps.push(time - source.lastTime);
      if (source.gaps.length > 9) source.gaps.shift();
    }
    source.lastTime = time;
  }

  // prune forgets series without a point in all that is kept, once there are
  // many: those that were known at one time.
  prune(now) {
    if (this.seriesCount < 20_000) return;
    const named = new Set(this.byId);
    for (const metric of this.metrics.values()) {
      for (const [key, s] of metric.series) {
        if (s.lastTime < now - keepFor && !named.has(s)) { metric.series.delete(key); this.seriesCount--; }
      }
      if (metric.series.size === 0) { this.metrics.delete(metric.name); this.version++; }
    }
  }
}

// larger compares integers that a number does not tell apart.
function larger(sent, before) { return typeof sent === "string" && before !== "" && BigInt(sent) > BigInt(before); }

// kindOf returns what a metric is, as far as its points tell.
export function kindOf(metric) {
  if (metric.part === "bucket" && metric.values.has("le")) return "histogram";
  if (metric.hasQuantiles) return "quantiles";
  return metric.grows ? "counter" : "gauge";
}

// rows returns the metrics of the list: a histogram is one, with all its parts.
export function rows(data) {
  const bases = new Set();
  for (const m of data.metrics.values()) if (m.part === "bucket" && m.values.has("le")) bases.add(m.base + m.joint);
  const all = [];
  for (const m of data.metrics.values()) {
    if (m.part && m.part !== "bucket" && bases.has(m.base + m.joint)) continue;
    const kind = kindOf(m);
    all.push({ metric: m, kind, name: kind === "histogram" ? m.base : m.name, key: m.name });
  }
  return all.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

// sibling returns another part of a histogram.
export function sibling(data, metric, name) { return data.metrics.get(metric.base + metric.joint + name); }

// labelOf returns what tells a series from the others of its metric.
export function labelOf(series, keys) {
  const words = [];
  for (const key of keys) if (series.tags.has(key)) words.push(key + "=" + series.tags.get(key));
  return words.join(", ") || series.metric.name;
}

// lineOf returns the points of a series in a window, as they are or per second.
export function lineOf(series, from, to, perSecond) {
  const times = [], values = [];
  let i = series.before(from - 1);
  const end = series.before(to);
  for (; i < end; i++) {
    const time = series.time(i), value = series.value(i);
    if (!perSecond) { times.push(time); values.push(value); continue; }
    if (i === 0) continue;
    const rise = value - series.value(i - 1);
    times.push(time);
    values.push((rise < 0 ? value : rise) / ((time - series.time(i - 1)) / 1000));
  }
  return { times, values };
}

// rateOf returns how much a series rose per second at a time, lately.
export function rateOf(series, now, over) {
  const end = series.before(now), begin = Math.max(0, Math.min(series.before(now - over) - 1, end - 2));
  if (end < 2) return NaN;
  let rise = 0;
  for (let i = begin + 1; i < end; i++) {
    const d = series.value(i) - series.value(i - 1);
    rise += d < 0 ? series.value(i) : d;
  }
  return rise / ((series.time(end - 1) - series.time(begin)) / 1000);
}

// columnsOf returns what came into each bucket of a histogram, in columns of
// time: {times, spans, bounds, counts}, where counts[column][bucket].
export function columnsOf(seriesList, from, to, step) {
  const bounds = [...new Set(seriesList.map(s => Number(s.tags.get("le").replace("Inf", "Infinity"))))].filter(b => !Number.isNaN(b)).sort((a, b) => a - b);
  const place = new Map(bounds.map((b, i) => [b, i]));
  const columns = new Map();
  for (const s of seriesList) {
    const bucket = place.get(Number(s.tags.get("le").replace("Inf", "Infinity")));
    if (bucket === undefined) continue;
    const end = s.before(to);
    for (let i = s.before(from - 1); i < end; i++) {
      if (i === 0 && !s.fromZero) continue;
      const time = s.time(i), value = s.value(i), before = i === 0 ? 0 : s.value(i - 1);
      const slot = Math.ceil(time / step) * step;
      let c = columns.get(slot);
      if (!c) columns.set(slot, c = { until: slot, from: slot - step, counts: new Float64Array(bounds.length) });
      if (i > 0) c.from = Math.min(c.from, Math.max(s.time(i - 1), slot - 120_000));
      c.counts[bucket] += value < before ? value : value - before;
    }
  }
  const sorted = [...columns.values()].sort((a, b) => a.until - b.until);
  let last = -Infinity;
  for (const c of sorted) { // from at most this bound to within the bucket
    for (let i = bounds.length - 1; i > 0; i--) c.counts[i] = Math.max(0, c.counts[i] - c.counts[i - 1]);
    c.from = Math.max(c.from, last);
    last = c.until;
  }
  return { bounds, columns: sorted };
}

// quantileOf returns where a part of what a column counts is below; null where it
// counts nothing.
export function quantileOf(bounds, counts, q) {
  let total = 0;
  for (const c of counts) total += c;
  if (total === 0) return null;
  let rank = q * total;
  for (let i = 0; i < bounds.length; i++) {
    if (counts[i] > 0 && rank <= counts[i]) {
      if (bounds[i] === Infinity) return i > 0 ? bounds[i - 1] : null;
      const low = i > 0 ? bounds[i - 1] : Math.min(0, bounds[i]);
      return low + (bounds[i] - low) * (rank / counts[i]);
    }
    rank -= counts[i];
  }
  return bounds[bounds.length - 1] === Infinity ? bounds[bounds.length - 2] ?? null : bounds[bounds.length - 1];
}
