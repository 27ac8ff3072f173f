// How numbers and times are written.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const clocks = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dates = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

// number writes integers whole, and others with six digits.
export function number(v, exact) {
  if (exact) return exact.replace(/\B(?=(\d{3})+$)/g, ",");
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  if (!Number.isFinite(v)) return v > 0 ? "+Inf" : "-Inf";
  if (Number.isInteger(v) && Math.abs(v) < 1e15) return whole.format(v);
  const short = Number(v.toPrecision(6));
  if (Math.abs(short) >= 1e15 || Math.abs(short) < 1e-6) return short.toExponential();
  const [i, f] = String(short).split(".");
  return Math.abs(short) < 1e3 ? String(short) : whole.format(Math.trunc(short)).replace("-0", i) + (f ? "." + f : "");
}

// rate writes what is per second with three digits.
export function rate(v) {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  return number(Math.abs(v) >= 1000 ? Math.round(v) : Number(v.toPrecision(3)));
}

// short writes a number with three digits.
export function short(v) {
  const a = Math.abs(v);
  for (const [size, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (a >= size && a < 1e15) return Number((v / (unit === "k" ? 1e3 : size)).toPrecision(3)) + unit;
  }
  return rate(v);
}

export function count(n, one, many) { return number(n) + " " + (n === 1 ? one : many || one + "s"); }

export function clock(ms) { return clocks.format(ms); }

// moment writes a time, with its day where that is not the same as another's.
export function moment(ms, now) {
  return dates.format(ms) === dates.format(now) ? clock(ms) : dates.format(ms) + " " + clock(ms);
}

export function length(ms) {
  const s = ms / 1000;
  if (s < 10) return Number(s.toFixed(1)) + " s";
  if (s < 120) return Math.round(s) + " s";
  return Math.round(s / 60) + " min";
}

// csv writes one row. A text that a spreadsheet would compute is marked as text.
export function csv(cells) {
  return cells.map(c => {
    if (c === null || c === undefined || (typeof c === "number" && Number.isNaN(c))) return "";
    if (typeof c === "number") return String(c);
    const text = /^[=+\-@\t\r]/.test(c) ? "'" + c : c;
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }).join(",") + "\r\n";
}
