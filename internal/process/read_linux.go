package process

func read() reading {
	var r reading
	usage(&r)
	procfs("/proc/self").read(&r)
	return r
}
