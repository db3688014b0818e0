package kit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// Command is what a line on standard input asks for.
type Command func(argument string) error

// Running is a cluster that has been started.
type Running struct {
	// Ready is printed as one JSON line.
	Ready any
	// Commands are what lines on standard input may ask for.
	Commands map[string]Command
	// Ended gets every component that ends by itself.
	Ended <-chan *Process
}

// Supervise starts a cluster, prints what became ready, then answers each line on standard input with one JSON line until
// the input ends or a signal comes, and removes everything. Standard input ends with the process that holds its other end,
// however that one ends; also while the cluster still starts.
func (s *State) Supervise(start func() (*Running, error)) (err error) {
	defer func() {
		s.closing.Store(true)
		if removed := s.Remove(); err == nil {
			err = removed
		}
	}()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	lines := make(chan string)
	go func() {
		input := bufio.NewScanner(os.Stdin)
		for input.Scan() {
			lines <- strings.TrimSpace(input.Text())
		}
		close(lines)
	}()
	var failure error
	var running *Running
	started := make(chan struct{})
	go func() {
		running, failure = start()
		close(started)
	}()
	var waiting []string
	for starting := true; starting; {
		select {
		case <-signals:
			return nil
		case line, open := <-lines:
			if !open {
				return nil
			}
			waiting = append(waiting, line)
		case <-started:
			starting = false
		}
	}
	if failure != nil {
		s.printLogs()
		return failure
	}
	output := json.NewEncoder(os.Stdout)
	if err := output.Encode(running.Ready); err != nil {
		return err
	}
	for {
		for _, line := range waiting {
			if err := output.Encode(answer(line, running.Commands)); err != nil {
				return nil
			}
		}
		waiting = nil
		select {
		case <-signals:
			return nil
		case process := <-running.Ended:
			// Tests see it as requests that fail; the log says why. A supervisor that ended now would hide that.
			fmt.Fprintf(os.Stderr, "testcluster: %s ended by itself\n", process.Name)
		case line, open := <-lines:
			if !open {
				return nil
			}
			waiting = append(waiting, line)
		}
	}
}

// printLogs shows the end of every log before the folder goes.
func (s *State) printLogs() {
	files, _ := filepath.Glob(s.Path("logs", "*"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		fmt.Fprintf(os.Stderr, "--- %s\n%s\n", filepath.Base(file), strings.Join(lines[max(0, len(lines)-8):], "\n"))
	}
}

type reply struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

func answer(line string, commands map[string]Command) reply {
	for name, command := range commands {
		rest, found := strings.CutPrefix(line, name)
		if found && (rest == "" || rest[0] == ' ') {
			if err := command(strings.TrimSpace(rest)); err != nil {
				return reply{Error: err.Error()}
			}
			return reply{OK: true}
		}
	}
	return reply{Error: fmt.Sprintf("unknown command %q", line)}
}

// CopyLogs copies all log files, and the audit log, into a folder.
func (c *ControlPlane) CopyLogs(to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob(c.Path("logs", "*"))
	if err != nil {
		return err
	}
	for _, file := range append(files, c.AuditLog) {
		if err := copyFile(file, filepath.Join(to, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
