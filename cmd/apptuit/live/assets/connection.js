// The stream of events: it is opened again until the page is closed, and goes on
// behind the last point that came.

const patience = 5000; // without an event, of which there are four a second

export function connect(handlers) {
  let source = null, last = "", timer = 0, heard = 0;
  const lost = () => {
    if (source) source.close();
    source = null;
    handlers.lost();
    clearTimeout(timer);
    timer = setTimeout(open, 1000);
  };
  function open() {
    heard = performance.now();
    const s = new EventSource("events" + (last ? "?since=" + encodeURIComponent(last) : ""));
    source = s;
    const on = (name, take) => s.addEventListener(name, e => {
      if (s !== source) return;
      heard = performance.now();
      if (e.lastEventId) last = e.lastEventId;
      take(JSON.parse(e.data));
    });
    on("hello", handlers.hello);
    on("points", handlers.points);
    on("tick", handlers.tick);
    s.addEventListener("error", () => { if (s === source) lost(); });
  }
  setInterval(() => { if (source && performance.now() - heard > patience) lost(); }, 1000);
  open();
}
