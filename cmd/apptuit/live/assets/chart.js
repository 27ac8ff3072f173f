// Draws lines and heat maps with uPlot, and the small trends of the list.

import { clock, number, rate } from "./text.js";

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const font = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

// brief writes a number for an axis.
function brief(v) {
  const a = Math.abs(v);
  if (a >= 1e15) return v.toExponential(1);
  for (const [size, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (a >= size) return Number((v / (unit === "k" ? 1e3 : size)).toPrecision(4)) + " " + unit;
  }
  return a !== 0 && a < 1e-4 ? v.toExponential(1) : String(Number(v.toPrecision(6)));
}

function axisWidth(u, values) {
  const longest = (values || []).reduce((a, b) => b.length > a.length ? b : a, "");
  return Math.min(140, 22 + longest.length * 7);
}

// A Chart is what is drawn in one element.
export class Chart {
  constructor(place, readout) {
    this.place = place;
    this.readout = readout;
    this.plot = null;
    this.made = "";
    this.spec = null;
    new ResizeObserver(() => this.resize()).observe(place);
  }
  clear() {
    if (this.plot) this.plot.destroy();
    this.plot = null;
    this.made = "";
    this.readout.textContent = "";
  }
  resize() {
    if (this.plot) this.plot.setSize(this.size());
  }
  size() { return { width: Math.max(120, this.place.clientWidth), height: Math.max(120, this.place.clientHeight) }; }

  // draw draws a spec; it makes a new chart where its lines are others.
  draw(spec, theme) {
    this.spec = spec;
    const made = JSON.stringify([theme, spec.heat ? spec.heat.bounds : spec.lines.map(l => [l.key, l.color]), Boolean(spec.heat), spec.zero]);
    const data = spec.heat ? [[spec.from / 1000, spec.to / 1000], [null, null]] : align(spec.lines);
    if (made !== this.made) {
      this.clear();
      this.made = made;
      this.plot = new uPlot(this.options(spec), data, this.place);
    } else {
      this.plot.batch(() => {
        this.plot.setData(data, false);
        this.plot.setScale("x", { min: spec.from / 1000, max: spec.to / 1000 });
        if (spec.heat) this.plot.redraw(false); // the same data, and other columns
      });
    }
    this.say();
  }

  options(spec) {
    const axis = { stroke: style("--soft"), grid: { stroke: style("--grid"), width: 1 }, ticks: { stroke: style("--grid"), width: 1, size: 4 }, font };
    return {
      ...this.size(),
      ms: 1e-3,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: true, range: () => [this.spec.from / 1000, this.spec.to / 1000] }, y: { range: this.yRange(spec) } },
      axes: [
        { ...axis, space: 80, size: 30, values: (u, splits) => splits.map(s => clock(s * 1000)) },
        { ...axis, size: axisWidth, ...(spec.heat ? heatAxis(spec.heat.bounds) : { values: (u, splits) => splits.map(brief) }) },
      ],
      series: [{}, ...(spec.heat ? [{ show: true, paths: () => null, points: { show: false } }] : spec.lines.map(l => ({
        stroke: style("--c" + l.color % 10), width: 1.6, dash: l.color >= 10 ? [6, 4] : undefined, spanGaps: true,
        points: { show: (u, i) => u.data[i].filter(v => v !== null).length < 40, size: 5 },
      })))],
      hooks: { draw: spec.heat ? [u => drawHeat(u, this.spec)] : [], setCursor: [() => this.say()] },
      padding: [8, 26, 0, 0],
    };
  }
  yRange(spec) {
    if (spec.heat) return [0, spec.heat.bounds.length];
    return (u, min, max) => {
      if (min === null || min === undefined) return [0, 1];
      if (spec.zero) { min = Math.min(min, 0); max = Math.max(max, 0); }
      if (min === max) { const d = Math.abs(min) * 0.1 || 1; return spec.zero ? [Math.min(0, min - d), max + d] : [min - d, max + d]; }
      const room = (max - min) * 0.06;
      return [min >= 0 && min - room < 0 ? 0 : (spec.zero && min === 0 ? 0 : min - room), max + room];
    };
  }

  // say writes what is under the cursor.
  say() {
    const u = this.plot, spec = this.spec;
    if (!u || u.cursor.left === undefined || u.cursor.left < 0) { this.readout.textContent = ""; return; }
    if (spec.heat) { this.readout.textContent = heatText(u, spec); return; }
    const i = u.cursor.idx;
    if (i === null || i === undefined) return;
    const words = spec.lines.map((l, k) => [l, u.data[k + 1][i]]).filter(([, v]) => v !== null && v !== undefined).slice(0, 4)
      .map(([l, v]) => (spec.lines.length > 1 ? l.label + " " : "") + (spec.perSecond ? rate(v) + "/s" : number(v)));
    this.readout.textContent = clock(u.data[0][i] * 1000) + "  " + words.join("  ·  ");
  }

  // step moves the cursor to the time before or after.
  step(by) {
    const u = this.plot;
    if (!u || u.data[0].length === 0) return;
    if (this.spec.heat) {
      const left = u.cursor.left < 0 ? u.over.clientWidth / 2 : u.cursor.left + by * 10;
      u.setCursor({ left: Math.max(0, Math.min(u.over.clientWidth, left)), top: u.cursor.top > 0 ? u.cursor.top : u.over.clientHeight / 2 });
      return;
    }
    const last = u.data[0].length - 1, at = u.cursor.idx === null || u.cursor.idx === undefined || u.cursor.left < 0 ? last : u.cursor.idx + by;
    u.setCursor({ left: u.valToPos(u.data[0][Math.max(0, Math.min(last, at))], "x"), top: 10 });
  }
}

// align puts lines on the times of all of them.
export function align(lines) {
  const times = [...new Set(lines.flatMap(l => l.times))].sort((a, b) => a - b);
  const place = new Map(times.map((t, i) => [t, i]));
  return [times.map(t => t / 1000), ...lines.map(l => {
    const values = new Array(times.length).fill(null);
    l.times.forEach((t, i) => { values[place.get(t)] = l.values[i]; });
    return values;
  })];
}

// heatAxis names the upper bound of each bucket, where there is room.
function heatAxis(bounds) {
  return {
    splits: u => {
      const every = Math.max(1, Math.ceil(bounds.length * 16 / Math.max(80, u.bbox.height / devicePixelRatio)));
      const splits = [];
      for (let i = every; i <= bounds.length; i += every) splits.push(i);
      return splits;
    },
    values: (u, splits) => splits.map(i => bounds[i - 1] === Infinity ? "+Inf" : brief(bounds[i - 1])),
  };
}

function mix(low, high, part) {
  const parse = c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16));
  const a = parse(low), b = parse(high);
  return "rgb(" + a.map((v, i) => Math.round(v + (b[i] - v) * part)).join(",") + ")";
}

function drawHeat(u, spec) {
  const { bounds, columns } = spec.heat, ctx = u.ctx, low = style("--heat-low"), high = style("--heat-high");
  let most = 0;
  for (const c of columns) for (const n of c.counts) most = Math.max(most, n / (c.until - c.from));
  if (most === 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  for (const c of columns) {
    const x0 = Math.round(u.valToPos(c.from / 1000, "x", true)), x1 = Math.round(u.valToPos(c.until / 1000, "x", true));
    for (let i = 0; i < bounds.length; i++) {
      if (c.counts[i] <= 0) continue;
      const y0 = Math.round(u.valToPos(i + 1, "y", true)), y1 = Math.round(u.valToPos(i, "y", true));
      ctx.fillStyle = mix(low, high, Math.sqrt(c.counts[i] / (c.until - c.from) / most));
      ctx.fillRect(x0, y0, Math.max(1, x1 - x0 - (x1 - x0 > 4 ? 1 : 0)), Math.max(1, y1 - y0 - (y1 - y0 > 4 ? 1 : 0)));
    }
  }
  ctx.restore();
}

function heatText(u, spec) {
  const time = u.posToVal(u.cursor.left, "x") * 1000, bucket = Math.floor(u.posToVal(u.cursor.top, "y"));
  const { bounds, columns } = spec.heat, c = columns.find(c => c.from < time && time <= c.until);
  if (!c || bucket < 0 || bucket >= bounds.length) return "";
  const between = (bucket > 0 ? number(bounds[bucket - 1]) : "…") + " to " + number(bounds[bucket]);
  return clock(c.until) + "  " + between + ": " + number(c.counts[bucket]);
}

// trend draws the course of a metric in a small canvas.
export function trend(canvas, points, rising, color) {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth || 90, height = canvas.clientHeight || 22;
  if (canvas.width !== width * ratio) { canvas.width = width * ratio; canvas.height = height * ratio; }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const ys = rising ? points.slice(1).map((p, i) => Math.max(0, p[1] - points[i][1]) / (p[0] - points[i][0])) : points.map(p => p[1]);
  if (ys.length < 2) return;
  let min = Math.min(...ys), max = Math.max(...ys);
  if (rising) min = 0;
  if (min === max) { min -= 1; max += 1; }
  ctx.beginPath();
  ys.forEach((y, i) => {
    const px = 1 + i / (ys.length - 1) * (width - 2), py = height - 2 - (y - min) / (max - min) * (height - 4);
    if (i) ctx.lineTo(px, py); else ctx.moveTo(px, py);
  });
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.3;
  ctx.lineJoin = "round";
  ctx.stroke();
}
