// Package kit is what both test clusters share: a state folder that cleans up after its owner, child processes that end
// with their parent, certificates, the two processes of an API server, and images without Docker.
package kit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// State is the folder of one cluster. Whatever the cluster leaves outside of it carries the same unique name.
type State struct {
	// Dir is the folder; everything in it goes away with the cluster.
	Dir string
	// Name is that of the network namespace, of the cgroup and of the pod network.
	Name string
	// closing refuses to start anything more.
	closing atomic.Bool
}

// owner says who uses a state folder. The start time tells a living owner from a later process with the same number.
type owner struct {
	Pid   int    `json:"pid"`
	Start string `json:"start"`
	Name  string `json:"name"`
}

const ownerFile = "owner.json"

// NewState makes the folder of this process below base.
func NewState(base, name string) (*State, error) {
	base, err := filepath.Abs(base)
	if err != nil {
		return nil, err
	}
	pid := os.Getpid()
	state := &State{Dir: filepath.Join(base, fmt.Sprintf("%s-%d", name, pid)), Name: fmt.Sprintf("nb-%d", pid)}
	for _, folder := range []string{"", "logs", "pki"} {
		if err := os.MkdirAll(state.Path(folder), 0o755); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(owner{Pid: pid, Start: startTime(pid), Name: state.Name})
	if err != nil {
		return nil, err
	}
	return state, os.WriteFile(state.Path(ownerFile), text, 0o644)
}

// OpenState is the folder that this process made before it replaced itself.
func OpenState(dir string) *State {
	return &State{Dir: dir, Name: fmt.Sprintf("nb-%d", os.Getpid())}
}

// Path is a path below the folder.
func (s *State) Path(parts ...string) string {
	return filepath.Join(append([]string{s.Dir}, parts...)...)
}

// Write puts a text into a file of the folder and returns its path.
func (s *State) Write(name string, text string) (string, error) {
	path := s.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// WriteJSON puts a value into a file of the folder and returns its path.
func (s *State) WriteJSON(name string, value any) (string, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return "", err
	}
	return s.Write(name, string(text))
}

// RemoveLeftovers cleans up after the owners of state folders below base that are not alive any more.
func RemoveLeftovers(base string) error {
	base, err := filepath.Abs(base)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(base, "*", ownerFile))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // Somebody else was faster.
		}
		var was owner
		// A folder whose owner cannot be read is left alone: it might be in use.
		if json.Unmarshal(text, &was) != nil || !strings.HasPrefix(was.Name, "nb-") {
			continue
		}
		if was.Start != "" && startTime(was.Pid) == was.Start {
			continue
		}
		state := &State{Dir: filepath.Dir(file), Name: was.Name}
		fmt.Fprintf(os.Stderr, "testcluster: removing what %s left behind\n", was.Name)
		if err := state.Remove(); err != nil {
			return err
		}
	}
	return nil
}

// startTime is the time since boot at which a process began, in clock ticks, or nothing when there is no such process
// (a zombie counts as none).
func startTime(pid int) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return ""
	}
	// The second field is the command in parentheses and may hold blanks.
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}

// inode identifies a namespace.
func inode(path string) uint64 {
	var stat syscall.Stat_t
	if syscall.Stat(path, &stat) != nil {
		return 0
	}
	return stat.Ino
}
