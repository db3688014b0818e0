package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"testcluster.local/kit"
)

// pauseImage is the sandbox image; it is made here, as no registry is asked for anything.
const pauseImage = "testcluster.local/pause:1"

// containerdConfig puts everything of containerd and runc below the state folder.
const containerdConfig = `version = 2
root = "%[1]s/containerd/root"
state = "%[1]s/containerd/state"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "%[1]s/containerd.sock"
[ttrpc]
address = "%[1]s/containerd.ttrpc.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "%[1]s/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "%[2]s"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "%[1]s/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
Root = "%[1]s/runc"
SystemdCgroup = false
`

// cniConfig routes each pod by a link of its own. A common bridge would carry the answer of a pod behind a Service past the
// rules that turn its address back, where the kernel has no br_netfilter.
const cniConfig = `{
  "cniVersion": "1.0.0",
  "name": "%[1]s",
  "plugins": [
    {"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local", "dataDir": "%[2]s/cni-addresses", "ranges": [[{"subnet": "10.244.0.0/16"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`

func (c *cluster) startContainerd(state *kit.State) error {
	config, err := state.Write("containerd.toml", fmt.Sprintf(containerdConfig, state.Dir, pauseImage))
	if err != nil {
		return err
	}
	if _, err := state.Write("cni/10-testcluster.conflist", fmt.Sprintf(cniConfig, state.Name, state.Dir)); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return err
	}
	process, err := state.Start("containerd", "containerd", []string{"--config", config}, c.onExit)
	if err != nil {
		return err
	}
	archives, err := ownImages(state)
	if err != nil {
		return err
	}
	err = kit.Await("containerd", 2*time.Minute, func() error {
		select {
		case <-process.Done:
			return fmt.Errorf("it ended, see %s", state.Path("logs/containerd.log"))
		default:
			_, err := ctr(state, "version")
			return err
		}
	})
	if err != nil {
		return err
	}
	for _, archive := range append(archives, c.imports...) {
		if err := importInto(state, archive); err != nil {
			return err
		}
	}
	return nil
}

// ownImages makes the sandbox image and a busybox from what lies beside this program and in Debian's package.
func ownImages(state *kit.State) ([]string, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	pause := &kit.Image{Names: []string{pauseImage}, Entrypoint: []string{"/pause"}, User: "65535:65535"}
	if err := pause.AddFile(filepath.Join(filepath.Dir(executable), "pause"), "/pause", 0o755); err != nil {
		return nil, err
	}
	busybox := &kit.Image{
		Names: []string{"docker.io/library/busybox:1.36"}, Command: []string{"sh"}, Env: []string{"PATH=/bin"},
	}
	if err := busybox.AddFile("/bin/busybox", "/bin/busybox", 0o755); err != nil {
		return nil, err
	}
	applets, err := exec.Command("/bin/busybox", "--list").Output()
	if err != nil {
		return nil, err
	}
	for _, applet := range strings.Fields(string(applets)) {
		if applet != "busybox" {
			busybox.AddLink("/bin/"+applet, "busybox")
		}
	}
	busybox.AddFolder("/tmp", 0o1777, 0, 0)
	paths := []string{state.Path("pause.tar"), state.Path("busybox.tar")}
	if err := pause.Write(paths[0]); err != nil {
		return nil, err
	}
	return paths, busybox.Write(paths[1])
}

func ctr(state *kit.State, arguments ...string) (string, error) {
	arguments = append([]string{"--address", state.Path("containerd.sock"), "--namespace", "k8s.io"}, arguments...)
	output, err := exec.Command("ctr", arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ctr %s: %w: %s", strings.Join(arguments[4:], " "), err, output)
	}
	return string(output), nil
}

func (c *cluster) importImage(archive string) error { return importInto(c.State, archive) }

// importInto imports an archive and waits until the kubelet's side of containerd, which hears of it by an event, has it.
func importInto(state *kit.State, archive string) error {
	output, err := ctr(state, "images", "import", "--digests=false", archive)
	if err != nil {
		return err
	}
	var names []string
	for _, line := range strings.Split(output, "\n") {
		// "unpacking docker.io/library/busybox:1.36 (sha256:…)...done"
		if words := strings.Fields(line); len(words) > 1 && words[0] == "unpacking" {
			names = append(names, words[1])
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("no image in %s: %s", archive, output)
	}
	return kit.Await("the import of "+archive, time.Minute, func() error {
		managed, err := ctr(state, "images", "list", "--quiet", `labels."io.cri-containerd.image"==managed`)
		if err != nil {
			return err
		}
		for _, name := range names {
			if !strings.Contains("\n"+managed, "\n"+name+"\n") {
				return fmt.Errorf("%s is not there yet", name)
			}
		}
		return nil
	})
}
