// The newest API server there is, with etcd and nothing else: for server-side dry runs.
package main

import (
	"flag"
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"

	"testcluster.local/kit"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: newest up --state DIR --name NAME")
		os.Exit(2)
	}
	name := os.Args[1]
	os.Args = os.Args[1:]
	var err error
	switch name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "up":
		err = up(os.Args[1:])
	default:
		err = fmt.Errorf("unknown command %s", name)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "newest:", err)
		os.Exit(1)
	}
}

func up(arguments []string) error {
	state, err := kit.Up(arguments, func(*flag.FlagSet) {})
	if err != nil {
		return err
	}
	ended := make(chan *kit.Process, 4)
	return state.Supervise(func() (*kit.Running, error) {
		// Nobody makes the accounts that pods would need, so nothing may ask for them.
		plane, err := kit.StartControlPlane(state, []string{"--disable-admission-plugins=ServiceAccount"}, func(p *kit.Process) { ended <- p })
		if err != nil {
			return nil, err
		}
		return &kit.Running{
			Ready: map[string]string{
				"kubeconfig": plane.Kubeconfig, "kubeconfigWithoutRights": plane.KubeconfigWithoutRights, "server": kit.Server,
				"netns": state.NetworkPath(), "state": state.Dir, "audit": plane.AuditLog, "ca": state.Path("pki/ca.crt"), "address": kit.NodeAddress,
			},
			Commands: map[string]kit.Command{
				"logs":            plane.CopyLogs,
				"apiserver stop":  func(string) error { return plane.KillAPIServer() },
				"apiserver start": func(string) error { return plane.StartAPIServer() },
			},
			Ended: ended,
		}, nil
	})
}
