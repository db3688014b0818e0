package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

type bench struct {
	ours, testcluster, work string
	runs                    int

	supervisor *exec.Cmd
	stdin      io.WriteCloser
	ready      struct {
		Kubeconfig string `json:"kubeconfig"`
		Netns      string `json:"netns"`
		AuditLog   string `json:"audit"`
	}
}

// start starts the test cluster. It ends with this process: its standard input ends then.
func (b *bench) start() error {
	state := filepath.Join(b.work, "state")
	if err := os.MkdirAll(b.work, 0o755); err != nil {
		return err
	}
	b.supervisor = exec.Command(b.testcluster, "up", "--state", state)
	b.supervisor.Stderr = os.Stderr
	var err error
	if b.stdin, err = b.supervisor.StdinPipe(); err != nil {
		return err
	}
	stdout, err := b.supervisor.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.supervisor.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the cluster did not start: %w", err)
	}
	return json.Unmarshal(line, &b.ready)
}

func (b *bench) stop() {
	b.stdin.Close()
	if err := b.supervisor.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, "cluster: the supervisor:", err)
	}
}

// command runs in the cluster's network.
func (b *bench) command(argv ...string) *exec.Cmd {
	command := exec.Command("nsenter", append([]string{"--net=" + b.netns()}, argv...)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+b.ready.Kubeconfig, "NO_COLOR=1")
	return command
}

func (b *bench) netns() string {
	if filepath.IsAbs(b.ready.Netns) {
		return b.ready.Netns
	}
	return filepath.Join("/run/netns", b.ready.Netns)
}

// sample is one run: how long it took and how many requests the API server saw of it.
type sample struct {
	took     time.Duration
	requests int
}

// once runs a command and wants one of the exit codes.
func (b *bench) once(agent string, codes []int, argv ...string) (sample, error) {
	before, err := b.auditSize()
	if err != nil {
		return sample{}, err
	}
	command := b.command(argv...)
	var messages bytes.Buffer
	command.Stderr = &messages
	began := time.Now()
	err = command.Run()
	took := time.Since(began)
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		return sample{}, err
	}
	if code := command.ProcessState.ExitCode(); !slices.Contains(codes, code) {
		return sample{}, fmt.Errorf("%v ended with %d: %s", argv, code, messages.Bytes())
	}
	// The audit log is written behind the answers.
	time.Sleep(300 * time.Millisecond)
	requests, err := b.requests(agent, before)
	return sample{took, requests}, err
}

func (b *bench) auditSize() (int64, error) {
	info, err := os.Stat(b.ready.AuditLog)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// requests counts what a user agent asked since a place in the audit log.
func (b *bench) requests(agent string, since int64) (int, error) {
	log, err := os.Open(b.ready.AuditLog)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	if _, err := log.Seek(since, io.SeekStart); err != nil {
		return 0, err
	}
	mark := []byte(`"userAgent":"` + agent)
	count := 0
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if bytes.Contains(lines.Bytes(), mark) {
			count++
		}
	}
	return count, lines.Err()
}

func median(samples []sample) sample {
	sorted := slices.Clone(samples)
	slices.SortFunc(sorted, func(x, y sample) int { return int(x.took - y.took) })
	return sorted[len(sorted)/2]
}
