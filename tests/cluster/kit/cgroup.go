package kit

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const cgroupRoot = "/sys/fs/cgroup"

// hierarchies are the roots of all cgroup trees: one of version 2, or one a controller of version 1.
func hierarchies() []string {
	if _, err := os.Stat(filepath.Join(cgroupRoot, "cgroup.controllers")); err == nil {
		return []string{cgroupRoot}
	}
	found, _ := filepath.Glob(filepath.Join(cgroupRoot, "*", "cgroup.procs"))
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// cgroups are the cluster's own folders in every hierarchy.
func (s *State) cgroups() []string {
	var found []string
	for _, root := range hierarchies() {
		own := filepath.Join(root, s.Name)
		if _, err := os.Stat(own); err == nil {
			found = append(found, own)
		}
	}
	return found
}

// MakeCgroups makes a cgroup of the cluster's name in every hierarchy, below which the kubelet puts all pods: so two
// clusters on one machine do not meet, and what runs in pods can be found and ended.
func (s *State) MakeCgroups() error {
	for _, root := range hierarchies() {
		own := filepath.Join(root, s.Name)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		// A new cpuset of version 1 holds nothing and takes no process until it does.
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			text, err := os.ReadFile(filepath.Join(root, file))
			if err != nil || strings.TrimSpace(string(text)) == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(own, file), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *State) removeCgroups() error {
	var last error
	for _, own := range s.cgroups() {
		for round := 0; ; round++ {
			var folders []string
			_ = filepath.WalkDir(own, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					folders = append(folders, path)
				}
				return nil
			})
			if len(folders) == 0 {
				break
			}
			// A process that was just killed stays in its cgroup for a moment.
			if round > 250 {
				last = fmt.Errorf("cgroup %s cannot be removed", own)
				break
			}
			for i := len(folders) - 1; i >= 0; i-- {
				_ = os.Remove(folders[i])
			}
			if _, err := os.Stat(own); err == nil {
				time.Sleep(20 * time.Millisecond)
			}
		}
	}
	return last
}
