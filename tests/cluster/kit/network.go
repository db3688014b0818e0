package kit

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// NodeAddress is where the node, its API server and what tests start beside them are reached, from pods too.
// It is one of the addresses that are kept for documentation, so it is never somebody's.
const NodeAddress = "192.0.2.10"

// ServiceNetwork holds the Service addresses; the first is the API server's, the tenth the name server's.
const ServiceNetwork = "10.96.0.0/16"

func networkPath(name string) string { return "/run/netns/" + name }

// NetworkPath is the file that names the cluster's network namespace.
func (s *State) NetworkPath() string { return networkPath(s.Name) }

// EnterNetwork makes the network namespace and replaces this process by itself, with these arguments, inside it.
// nsenter and not "ip netns exec": that one mounts a new /sys, in which the kubelet finds no cgroups.
func (s *State) EnterNetwork(arguments ...string) error {
	for _, line := range []string{
		"ip netns add " + s.Name,
		"ip -n " + s.Name + " link set lo up",
		// The node address may not be a loopback one for the kubelet; a bridge without ports is a link that every kernel has.
		"ip -n " + s.Name + " link add node0 type bridge",
		"ip -n " + s.Name + " addr add " + NodeAddress + "/24 dev node0",
		"ip -n " + s.Name + " link set node0 up",
		"ip -n " + s.Name + " route add default dev node0",
	} {
		words := strings.Fields(line)
		if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", line, err, output)
		}
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	command := append([]string{"nsenter", "--net=" + s.NetworkPath(), executable}, arguments...)
	return syscall.Exec(nsenter, command, os.Environ())
}

func removeNetwork(name string) error {
	if _, err := os.Stat(networkPath(name)); err != nil {
		return nil
	}
	if output, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
		return fmt.Errorf("ip netns delete %s: %w: %s", name, err, output)
	}
	return nil
}
