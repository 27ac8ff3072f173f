package process

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func startTime() (time.Time, bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getpid())
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(info.Proc.P_starttime.Unix()), true
}
