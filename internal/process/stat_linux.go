package process

import (
	"bytes"
	"strconv"
)

// Fields of /proc/PID/stat by their numbers in proc(5).
const (
	statState    = 3 // the first after the name
	statThreads  = 20
	statStart    = 22 // ticks after the boot
	statVirtual  = 23 // bytes
	statResident = 24 // pages
)

// tick is the unit of times in /proc in nanoseconds. USER_HZ is 100 wherever Go
// runs on Linux.
const tick = 1e9 / 100

// A statLine has the fields from statState on.
type statLine [][]byte

// parseStat cuts off the process's name, which is in parentheses and may hold
// anything, parentheses too. After it come numbers and one letter.
func parseStat(b []byte) statLine {
	end := bytes.LastIndexByte(b, ')')
	if end < 0 {
		return nil
	}
	return bytes.Fields(b[end+1:])
}

// field returns field n, absent where it is not there or no number.
func (s statLine) field(n int) int64 {
	if n-statState >= len(s) {
		return absent
	}
	return number(s[n-statState])
}

// statusBytes returns the value of a line like "VmHWM:   13472 kB".
func statusBytes(status []byte, key string) int64 {
	for line := range bytes.Lines(status) {
		value, ok := bytes.CutPrefix(line, []byte(key+":"))
		if !ok {
			continue
		}
		words := bytes.Fields(value)
		if len(words) != 2 || string(words[1]) != "kB" {
			return absent
		}
		return times(number(words[0]), 1024)
	}
	return absent
}

func number(text []byte) int64 {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return absent
	}
	return n
}
