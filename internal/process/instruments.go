package process

import (
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/processconv"
)

var direction = attribute.Key("direction") // of a message

type instruments struct {
	all     []metric.Observable
	observe [quantities]func(metric.Observer, int64)
}

func newInstruments(m metric.Meter) (*instruments, error) {
	in := &instruments{}
	err := errors.Join(in.times(m), in.memory(m), in.counts(m), in.kernel(m), in.traffic(m))
	return in, err
}

// report observes what r knows.
func (in *instruments) report(o metric.Observer, r reading) {
	for q, observe := range in.observe {
		if r.known[q] {
			observe(o, r.value[q])
		}
	}
}

// integer lets q be a series of i.
func (in *instruments) integer(q quantity, i metric.Int64Observable, attrs ...attribute.KeyValue) {
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	in.all = append(in.all, i)
	in.observe[q] = func(o metric.Observer, v int64) { o.ObserveInt64(i, v, set) }
}

// seconds lets q, which is in nanoseconds, be a series of i in seconds.
func (in *instruments) seconds(q quantity, i metric.Float64Observable, attrs ...attribute.KeyValue) {
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	in.all = append(in.all, i)
	in.observe[q] = func(o metric.Observer, v int64) { o.ObserveFloat64(i, time.Duration(v).Seconds(), set) }
}

func (in *instruments) times(m metric.Meter) error {
	cpu, cpuErr := processconv.NewCPUTime(m)
	up, upErr := processconv.NewUptimeObservable(m)

	in.seconds(cpuUser, cpu.Inst(), cpu.AttrCPUMode(processconv.CPUModeUser))
	in.seconds(cpuSystem, cpu.Inst(), cpu.AttrCPUMode(processconv.CPUModeSystem))
	in.seconds(uptime, up.Inst())
	return errors.Join(cpuErr, upErr)
}

func (in *instruments) memory(m metric.Meter) error {
	resident, residentErr := processconv.NewMemoryUsageObservable(m)
	virtual, virtualErr := processconv.NewMemoryVirtualObservable(m)
	peak, peakErr := m.Int64ObservableGauge("apptuit.process.memory.peak",
		metric.WithUnit("By"), metric.WithDescription("The greatest amount of physical memory that was in use so far."))

	in.integer(memoryResident, resident.Inst())
	in.integer(memoryVirtual, virtual.Inst())
	in.integer(memoryPeak, peak)
	return errors.Join(residentErr, virtualErr, peakErr)
}

func (in *instruments) counts(m metric.Meter) error {
	thread, threadErr := processconv.NewThreadCountObservable(m)
	file, fileErr := processconv.NewUnixFileDescriptorCountObservable(m)

	in.integer(threads, thread.Inst())
	in.integer(openFiles, file.Inst())
	return errors.Join(threadErr, fileErr)
}

// kernel is what the kernel did with the process.
func (in *instruments) kernel(m metric.Meter) error {
	fault, faultErr := processconv.NewPagingFaultsObservable(m)
	switches, switchesErr := processconv.NewContextSwitchesObservable(m)
	swap, swapErr := m.Int64ObservableCounter("apptuit.process.swaps",
		metric.WithUnit("{swap}"), metric.WithDescription("Times the process was swapped out of memory."))

	in.integer(faultsMinor, fault.Inst(), fault.AttrSystemPagingFaultType(processconv.SystemPagingFaultTypeMinor))
	in.integer(faultsMajor, fault.Inst(), fault.AttrSystemPagingFaultType(processconv.SystemPagingFaultTypeMajor))
	in.integer(switchesVoluntary, switches.Inst(), switches.AttrContextSwitchType(processconv.ContextSwitchTypeVoluntary))
	in.integer(switchesInvoluntary, switches.Inst(), switches.AttrContextSwitchType(processconv.ContextSwitchTypeInvoluntary))
	in.integer(swaps, swap)
	return errors.Join(faultErr, switchesErr, swapErr)
}

// traffic is what went into the process and out of it.
func (in *instruments) traffic(m metric.Meter) error {
	block, blockErr := m.Int64ObservableCounter("apptuit.process.block.operations",
		metric.WithUnit("{operation}"), metric.WithDescription("Block operations of file systems, by direction."))
	message, messageErr := m.Int64ObservableCounter("apptuit.process.ipc.messages",
		metric.WithUnit("{message}"), metric.WithDescription("Messages to and from other processes, by direction."))
	signal, signalErr := m.Int64ObservableCounter("apptuit.process.signals",
		metric.WithUnit("{signal}"), metric.WithDescription("Signals that the process received."))

	in.integer(blocksIn, block, semconv.DiskIODirectionRead)
	in.integer(blocksOut, block, semconv.DiskIODirectionWrite)
	in.integer(messagesSent, message, direction.String("sent"))
	in.integer(messagesReceived, message, direction.String("received"))
	in.integer(signals, signal)
	return errors.Join(blockErr, messageErr, signalErr)
}
