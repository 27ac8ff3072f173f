package queue

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A child is another process with the same spool, which tells what it does line
// by line.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, name, dir string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe() // ends with this process, and with it the child
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, bufio.NewScanner(out)}
	t.Cleanup(func() { in.Close(); c.kill() })
	return c
}

func (c *child) kill() {
	c.cmd.Process.Kill() // kill -9
	c.cmd.Wait()
}

// awaitLine waits until the child has said something.
func (c *child) awaitLine(t *testing.T) {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatal("the child has ended")
	}
}

func childDisk(dir string, sync Sync) *Disk {
	opts := testOptions()
	opts.Sync, opts.segment = sync, 256<<10
	d, err := OpenDisk(dir, opts)
	if err != nil {
		panic(err)
	}
	go endWithParent()
	return d
}

// endWithParent ends the process when the one that started it is gone.
func endWithParent() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

// freshChild is churnChild that removes in any order: mostly the newest, as where a
// backlog waits, now and then any other.
func freshChild(dir string) {
	d := childDisk(dir, Sync(rand.N(2)))
	waiting := map[uint64]uint64{}
	var newest uint64
	for {
		id := rand.Uint64()
		seq, err := d.Push(numbered(id, rand.N(20000)))
		if err != nil {
			panic(err)
		}
		fmt.Println("+", id)
		waiting[seq], newest = id, seq
		for len(waiting) > 20+rand.N(20) {
			seq := newest
			if _, ok := waiting[seq]; !ok || rand.N(4) == 0 {
				for seq = range waiting { // any
					break
				}
			}
			fmt.Println("-", waiting[seq])
			d.Remove(seq)
			delete(waiting, seq)
		}
	}
}

// holdChild pushes one batch, whose id is its process's, and waits.
func holdChild(dir string) {
	d := childDisk(dir, SyncEach)
	if _, err := d.Push(numbered(uint64(os.Getpid()), 100)); err != nil {
		panic(err)
	}
	fmt.Println("pushed")
	select {}
}

// churnChild pushes and removes without end. It tells of a push when it is done,
// and of a removal before.
func churnChild(dir string) {
	d := childDisk(dir, Sync(rand.N(2)))
	for {
		id := rand.Uint64()
		if _, err := d.Push(numbered(id, rand.N(20000))); err != nil {
			panic(err)
		}
		fmt.Println("+", id)
		for d.Size().Batches > 20+rand.N(20) {
			e, _, _ := d.Next(0)
			id, err := identify(e.Batch)
			if err != nil {
				panic(err)
			}
			fmt.Println("-", id)
			d.Remove(e.Seq)
		}
	}
}

// Whatever a process that is killed said to have taken is there afterwards. Five
// processes are killed, or thirty where LONG_TESTS is set.
func TestKilledProcessesLoseNothing(t *testing.T) { killProcesses(t, "churn") }

// Batches that are done with in any order, and whole files of them, are neither
// lost nor missed afterwards.
func TestKilledProcessesOutOfTurnLoseNothing(t *testing.T) { killProcesses(t, "fresh") }

func killProcesses(t *testing.T, name string) {
	kills, dir, acknowledged := 5, diskDir(t), 0
	if os.Getenv("LONG_TESTS") != "" {
		kills = 30
	}
	held := map[uint64]bool{}
	for range kills {
		c := startChild(t, name, dir)
		acknowledged += follow(t, c, held)
		c.kill()
		verify(t, dir, held)
	}
	t.Logf("%d kills, %d batches acknowledged", kills, acknowledged)
}

// follow keeps held to what the child says, until its end, which comes some time
// after its first word.
func follow(t *testing.T, c *child, held map[uint64]bool) (pushed int) {
	for c.lines.Scan() {
		if pushed == 0 {
			time.AfterFunc(rand.N(250*time.Millisecond), func() { c.cmd.Process.Kill() })
		}
		var what string
		var id uint64
		if _, err := fmt.Sscan(c.lines.Text(), &what, &id); err != nil {
			t.Fatalf("%q: %v", c.lines.Text(), err)
		}
		if what == "+" {
			held[id] = true
			pushed++
		} else {
			delete(held, id)
		}
	}
	return pushed
}

// verify opens the spool and looks for all that is held.
func verify(t *testing.T, dir string, held map[uint64]bool) {
	t.Helper()
	d := openDisk(t, dir, testOptions())
	defer d.Close()
	found := map[uint64]bool{}
	for _, id := range contents(t, d) {
		found[id] = true
	}
	for id := range held {
		if !found[id] {
			t.Errorf("batch %d is lost", id)
		}
	}
	wantNoNotice(t, d)
}

func TestProcessesHaveTheirOwnSlots(t *testing.T) {
	dir := diskDir(t)
	one, two := startChild(t, "hold", dir), startChild(t, "hold", dir)
	one.awaitLine(t)
	two.awaitLine(t)
	d := openDisk(t, dir, testOptions())
	wantContents(t, d, nil)
	if got := strings.Join(files(t, dir, "*"), " "); !strings.HasSuffix(got, "slot-3") || len(files(t, dir, "*/*.seg")) != 2 {
		t.Errorf("slots: %s", got)
	}
	d.Close()

	one.kill()
	d = openDisk(t, dir, testOptions())
	wantContents(t, d, []uint64{uint64(one.cmd.Process.Pid)})
	fill(t, d, 10, 7)
	wantContents(t, d, []uint64{uint64(one.cmd.Process.Pid), 7})
	two.kill()
	d.Close()
	d = openDisk(t, dir, testOptions())
	if n := drain(t, d); n != 3 {
		t.Errorf("%d batches", n)
	}
	if got := files(t, dir, "*"); len(got) != 1 {
		t.Errorf("slots are left: %v", got)
	}
}
