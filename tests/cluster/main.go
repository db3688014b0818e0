// One program that is every part of a Kubernetes cluster, chosen by its first argument, and the supervisor that starts them.
package main

import (
	"fmt"
	"os"

	"testcluster.local/kit"
)

const usage = `usage: testcluster up --state DIR --name NAME [--import IMAGE.tar]...
       testcluster image ...
       testcluster kubectl|etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|coredns ...`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	name := os.Args[1]
	if component, known := components[name]; known {
		os.Args = os.Args[1:]
		component()
		return
	}
	var err error
	switch name {
	case "up":
		err = up(os.Args[2:])
	case "image":
		err = kit.ImageCommand(os.Args[2:])
	default:
		err = fmt.Errorf("unknown command %s\n%s", name, usage)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcluster:", err)
		os.Exit(1)
	}
}
