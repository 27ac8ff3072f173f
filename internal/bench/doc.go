// Bench measures what an export costs, ours beside the other ways an application
// gets its metrics out. It is a module of its own, so that the others are
// nobody's dependency.
//
//	go run .                               10,000 series, under two minutes
//	go run . -sizes 1000,10000,100000      what make bench runs, ten to twenty minutes
//	go run . -contestants 'gzip' -rounds 9
//	go run . -markdown                     the tables as the README has them
//	go run . -profiles DIR                 and a CPU profile of each contestant
//	go run . -fleet                        what 10,000 exporters send to a store that recovers
//	go run . -store                        the whole path, into a real VictoriaMetrics, ten minutes
//	go run . -store=influxdb -tags 1       the same for InfluxDB, with few tags
//
// # Workload
//
// Of the series 60% are sums, half int64 and half float64, 20% gauges and 20%
// histograms of 10 buckets with min and max: 3.6 points each as the put protocol
// has them, which are the flat points of the tables. The resource has 8
// attributes, each series 5 of its own; a point is about 540 bytes of JSON. The
// order of the series is that of a map, which is what the SDK's is. Steady means
// that all exports have the same series, in the same order. With churn each
// export leaves out 10% of the series of the one before and has as many new
// ones, both at random places.
//
// # Contestants
//
// All of them get the same metricdata.ResourceMetrics, with new times and values
// at each export. OTLP and the Prometheus text carry the resource once, put
// carries it in each point; the Prometheus text has no min and max. Compression
// is named, where there is any; Prometheus' is what promhttp does. "encoding/json"
// is what one would write in an afternoon: structs, maps, json.Marshal, gzip.
//
// # Measuring
//
// A contestant runs in a process of its own, once in each round, against a
// server in another process that reads and discards. It makes its first exports
// unmeasured, and the server counts the points of the first: one that does not
// deliver all of them ends the run. Then batches of collections are prepared and
// exported in turn, and only the exporting is measured: CPU is what getrusage says
// of the whole process, garbage collection included; allocations are those of the
// runtime; the server counts the bytes it reads from the connection, headers
// included. Peak memory is that of the process above one that prepares the same
// collections and exports nothing. The tables show medians over the rounds; the
// ratio is the median of the ratios within each round, since a shared machine is
// not equally fast in all of them.
//
// # The whole path
//
// With -store instruments are measured with, the SDK collects, and a contestant
// exports into a real store with its default settings: a new one for each contestant
// and round, on a free port of loopback. Of ten instruments four are counters of
// int64, four of float64 and two histograms of eleven buckets: 38,000 points for 10,000
// series. After three exports, from which the store knows the series, it is measured
// what the program's process spends in the exporter (getrusage) and the store's
// process in all of that time (/proc): so this is for Linux. The ways of the store's
// own are as cheap as they get: each series is rendered once, and klauspost's gzip
// is at its fastest level. OTLP takes part where the store has it. -profiles has
// VictoriaMetrics profile itself too.
package main
