package kit

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Remove ends every process of the cluster and takes away all that it made: mounts, cgroups, the network namespace,
// entries in the few folders that Kubernetes and CNI share with the machine, and the state folder.
func (s *State) Remove() error {
	if err := s.killAll(); err != nil {
		return err
	}
	if err := s.unmountAll(); err != nil {
		return err
	}
	err := errors.Join(s.removeCgroups(), s.removeStrays(), removeNetwork(s.Name))
	if err != nil {
		return err
	}
	return os.RemoveAll(s.Dir)
}

// killAll kills what runs in the cluster's network namespace (the components, the containers' shims, what tests started
// there) and in its cgroups (the containers themselves), but never this process.
func (s *State) killAll() error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		pids := s.processes()
		if len(pids) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes of %s that do not end: %v", s.Name, pids)
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *State) processes() []int {
	found := map[int]bool{}
	if network := inode(networkPath(s.Name)); network != 0 {
		links, _ := filepath.Glob("/proc/[0-9]*/ns/net")
		for _, link := range links {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
			if inode(link) == network {
				found[pid] = true
			}
		}
	}
	for _, root := range s.cgroups() {
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "cgroup.procs" {
				text, _ := os.ReadFile(path)
				for _, field := range strings.Fields(string(text)) {
					if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
						found[pid] = true
					}
				}
			}
			return nil
		})
	}
	delete(found, os.Getpid())
	var pids []int
	for pid := range found {
		// What has ended and only waits for its parent has no start time.
		if startTime(pid) != "" {
			pids = append(pids, pid)
		}
	}
	sort.Ints(pids)
	return pids
}

// unmountAll detaches what is mounted below the folder, the innermost first.
func (s *State) unmountAll() error {
	for round := 0; round < 20; round++ {
		mounts, err := mountsBelow(s.Dir)
		if err != nil {
			return err
		}
		if len(mounts) == 0 {
			return nil
		}
		for i := len(mounts) - 1; i >= 0; i-- {
			_ = syscall.Unmount(mounts[i], syscall.MNT_DETACH)
		}
	}
	return fmt.Errorf("mounts below %s that cannot be detached", s.Dir)
}

func mountsBelow(dir string) ([]string, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var found []string
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > 4 {
			if path := unescape.Replace(fields[4]); strings.HasPrefix(path, dir+"/") {
				found = append(found, path)
			}
		}
	}
	return found, lines.Err()
}

// removeStrays deletes what the kubelet and CNI keep in folders of the machine, whatever they are told.
func (s *State) removeStrays() error {
	results, _ := filepath.Glob("/var/lib/cni/results/" + s.Name + "-*")
	logs, _ := filepath.Glob("/var/log/containers/*.log")
	for _, log := range logs {
		if to, err := os.Readlink(log); err == nil && strings.HasPrefix(to, s.Dir+"/") {
			results = append(results, log)
		}
	}
	// Containers that were killed: the socket of their shim, and what CNI remembers of their loopback.
	bundles, _ := filepath.Glob(s.Path("containerd/state/io.containerd.runtime.v2.task/k8s.io/*"))
	for _, bundle := range bundles {
		results = append(results, "/var/lib/cni/results/cni-loopback-"+filepath.Base(bundle)+"-lo")
		if address, err := os.ReadFile(filepath.Join(bundle, "address")); err == nil {
			results = append(results, strings.TrimPrefix(strings.TrimSpace(string(address)), "unix://"))
		}
	}
	var failed []error
	for _, path := range results {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
