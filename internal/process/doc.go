// Package process measures the process it runs in: CPU time, memory, page
// faults, block operations, messages, signals, context switches, threads, open
// files and uptime. All of it is read once per collection: one getrusage, and
// each file of /proc once.
//
// The names are those of OpenTelemetry's conventions where one means the same in
// the same unit, and are under apptuit.process otherwise. The process metrics of
// apptuit-py, whose names began with python and carried the process id as the tag
// worker_id, are found again so:
//
//	apptuit-py                           here                                attribute
//	python.cpu.time.used.seconds user    process.cpu.time                    cpu.mode=user
//	python.cpu.time.used.seconds system  process.cpu.time                    cpu.mode=system
//	python.memory.usage.bytes main       apptuit.process.memory.peak
//	  -                                  process.memory.usage
//	  -                                  process.memory.virtual
//	python.page.faults major             process.paging.faults               system.paging.fault.type=minor
//	python.page.faults minor             process.paging.faults               system.paging.fault.type=major
//	python.process.swaps                 apptuit.process.swaps
//	python.block.operations input        apptuit.process.block.operations    disk.io.direction=read
//	python.block.operations output       apptuit.process.block.operations    disk.io.direction=write
//	python.ipc.messages sent             apptuit.process.ipc.messages        direction=sent
//	python.ipc.messages received         apptuit.process.ipc.messages        direction=received
//	python.system.signals                apptuit.process.signals
//	python.context.switches voluntary    process.context_switches            process.context_switch.type=voluntary
//	python.context.switches involuntary  process.context_switches            process.context_switch.type=involuntary
//	python.thread                        process.thread.count
//	  -                                  process.unix.file_descriptor.count
//	  -                                  process.uptime
//
// Where the two differ:
//   - apptuit-py has the two kinds of page faults the wrong way round: what it
//     sends as major are the minor ones.
//   - Its counters stray from the totals after the second report, for it takes
//     differences of differences. Here they are the totals since the process
//     began.
//   - Its memory main is the greatest resident set so far, times 1024 on every
//     system. memory.usage is the resident set now, and memory.peak its greatest.
//   - Its memory shared, unshared and unshared_stack_size are 0 on Linux and macOS,
//     and have no counterpart.
//   - Its threads are Python's, by type; here they are the operating system's.
//   - Its python.gc metrics belong to the runtime: OpenTelemetry's runtime
//     instrumentation has those of Go.
//
// A value that cannot be had is left out, and is no error; the others stay.
//
//	                                    Linux   macOS   other Unix   Windows   others
//	CPU time                            yes     yes     yes          yes       -
//	memory.usage, memory.virtual        yes     -       -            -         -
//	memory.peak                         yes     yes     not Solaris  -         -
//	faults, swaps, blocks, messages,
//	  signals, context switches         yes     yes     yes          -         -
//	threads                             yes     Go's    Go's         Go's      Go's
//	open files                          yes     yes     -            -         -
//	uptime                              yes     yes     about        yes       about
//
// The fields of getrusage are not the same everywhere. The greatest resident set
// is in KiB on Linux and the BSDs and in bytes on macOS; here it is in bytes. On
// Linux it is taken from /proc, for what getrusage has there covers the program
// that started this one too. Linux never counts swaps, messages and signals: they
// are 0 there, as they were from apptuit-py. A block operation on Linux is 512
// bytes to or from a disk, on other systems one request of any size, so it is no
// process.disk.io, which is in bytes.
//
// memory.virtual is the whole mapped address space; Go reserves much that it never
// uses. Go's threads are those that its runtime started, without those of C libraries.
// An uptime with about counts from the initialisation of this package.
package process
