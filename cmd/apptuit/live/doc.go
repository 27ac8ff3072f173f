// Package live is a page for a browser that shows the metrics as a fake store
// gets them.
//
//	store := apptuittest.NewUnstartedServer()
//	store.SetFront(live.Handler(store))
//	store.Start() // and open store.URL in a browser
//
// The page lists the metrics and draws them, and says what is wrong: points that
// were refused, tags with too many values, two values in one second, exports that
// stopped. It only reads; nothing can be changed through it. All that it is made
// of comes from this package, and it asks no other host for anything.
//
// # Paths
//
//	GET /         the page
//	GET /page/    its scripts and styles
//	GET /events   what arrives, as server-sent events
//
// All else is the store's. A prefix may be cut off before by [http.StripPrefix].
//
// # Events
//
//	event: hello   data: {"run": text, "from": number}
//	event: points  data: {"g": number, "n": number, "t": ms, "s": [[id, metric, [key, value, ...]], ...], "p": [id, ms, value, ...], "x": number}
//	event: tick    data: {"now": ms, "stored": number, "refused": [...]}
//
// The hello tells which run of a store this is, and the number of the first point
// that follows. Points name their series by an id, which s explains the first time;
// a new g makes all ids void. Times are milliseconds after t, since the Unix epoch.
// Integers beyond 2^53 are strings of digits. Where s would have more than 20,000
// series the points of others are counted in x and left out. The tick comes four
// times a second; refused is there where it has changed.
//
// An event of points has an id. A stream goes on behind it where the id is given
// back as Last-Event-ID or as the parameter since, and the store is the same still;
// otherwise it begins with the newest 2,000,000 points that the store holds.
package live
