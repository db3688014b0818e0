package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// sample is what the kernel says of one process that has ended.
type sample struct {
	wall, cpu time.Duration
	// Largest resident size in bytes. On Linux never less than that of the process that started it, so the row of
	// /bin/true shows below which size a figure says nothing.
	memory int64
}

// once runs a command to its end, with nothing on standard input. A benchmark of a command that fails measures the
// wrong thing: another exit code than the expected one is an error with what the command said.
func once(argv []string, stdout string, exit int) (sample, error) {
	return reading(os.DevNull, argv, stdout, exit)
}

// reading is once with a file on standard input.
func reading(stdin string, argv []string, stdout string, exit int) (sample, error) {
	in, err := os.Open(stdin)
	if err != nil {
		return sample{}, err
	}
	defer in.Close()
	out, err := os.OpenFile(stdout, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return sample{}, err
	}
	defer out.Close()
	said, err := os.CreateTemp("", "bench-stderr-")
	if err != nil {
		return sample{}, err
	}
	defer os.Remove(said.Name())
	defer said.Close()

	// fork and wait4 themselves: os/exec would add its own pipes and goroutines to every measured start.
	attributes := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{in.Fd(), out.Fd(), said.Fd()}}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := time.Now()
	pid, err := syscall.ForkExec(argv[0], argv, attributes)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", argv[0], err)
	}
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, err = syscall.Wait4(pid, &status, 0, &usage)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	wall := time.Since(begin)
	if err != nil {
		return sample{}, fmt.Errorf("waiting for %s: %w", argv[0], err)
	}
	if !status.Exited() || status.ExitStatus() != exit {
		text, _ := os.ReadFile(said.Name())
		return sample{}, fmt.Errorf("%v: ended with status %d, not %d\n%s", argv, status.ExitStatus(), exit, last(text, 2000))
	}
	memory := int64(usage.Maxrss)
	if runtime.GOOS == "linux" {
		memory *= 1024 // getrusage(2): kilobytes there, bytes on macOS
	}
	return sample{wall: wall, cpu: time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), memory: memory}, nil
}

func last(text []byte, most int) []byte {
	return text[max(0, len(text)-most):]
}

// result is the median of each figure by itself, and the largest memory seen.
type result struct {
	wall, cpu time.Duration
	memory    int64
	runs      int
}

func summarize(samples []sample) result {
	wall, cpu := make([]time.Duration, len(samples)), make([]time.Duration, len(samples))
	var memory int64
	for index, one := range samples {
		wall[index], cpu[index] = one.wall, one.cpu
		memory = max(memory, one.memory)
	}
	return result{wall: median(wall), cpu: median(cpu), memory: memory, runs: len(samples)}
}

func median(values []time.Duration) time.Duration {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// interleaved measures contenders in turn (A B C, A B C, …), so that whatever else the machine does meets all of them.
func interleaved(contenders []contender, runs int) (map[string]result, error) {
	samples := make(map[string][]sample, len(contenders))
	for range runs {
		for _, one := range contenders {
			taken, err := one.run(os.DevNull)
			if err != nil {
				return nil, err
			}
			samples[one.name] = append(samples[one.name], taken)
		}
	}
	results := make(map[string]result, len(samples))
	for name, taken := range samples {
		results[name] = summarize(taken)
	}
	return results, nil
}
