package kit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// Process is one component that the supervisor started.
type Process struct {
	// Name is that of its log file.
	Name string
	cmd  *exec.Cmd
	// Done is closed when it has ended.
	Done    chan struct{}
	mutex   sync.Mutex
	stopped bool
}

// starts is the one thread that starts processes: the kernel's parent-death signal comes when the *thread* that started
// a child ends, and this one ends with the program only.
var starts = make(chan func())

func init() {
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
}

// Start runs a program that ends with this one, whatever ends this one. Its output goes to a log file.
// onExit is called when it ends without having been stopped.
func (s *State) Start(name, program string, arguments []string, onExit func(*Process)) (*Process, error) {
	log, err := os.OpenFile(s.Path("logs", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, arguments...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, s.Dir
	// A group of its own keeps a terminal's Ctrl-C for the supervisor, which ends all in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	process := &Process{Name: name, cmd: cmd, Done: make(chan struct{})}
	result := make(chan error)
	starts <- func() {
		if s.closing.Load() {
			result <- errClosing
			return
		}
		result <- cmd.Start()
	}
	if err := <-result; err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		_ = cmd.Wait()
		close(process.Done)
		process.mutex.Lock()
		stopped := process.stopped
		process.mutex.Unlock()
		if !stopped && onExit != nil {
			onExit(process)
		}
	}()
	return process, nil
}

var errClosing = errors.New("the cluster is going away")

// StartSelf runs a component that is linked into this program.
func (s *State) StartSelf(component string, arguments []string, onExit func(*Process)) (*Process, error) {
	// Not by its path: a newer build may have taken the file away.
	return s.Start(component, "/proc/self/exe", append([]string{component}, arguments...), onExit)
}

// Kill ends the process at once and waits for it.
func (p *Process) Kill() {
	p.mutex.Lock()
	p.stopped = true
	p.mutex.Unlock()
	_ = p.cmd.Process.Kill()
	<-p.Done
}
