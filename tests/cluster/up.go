package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"testcluster.local/kit"
)

// nodeName is that of the one node.
const nodeName = "node"

// cluster is a control plane with one node.
type cluster struct {
	*kit.ControlPlane
	ended   chan *kit.Process
	imports kit.List
}

func up(arguments []string) error {
	c := &cluster{ended: make(chan *kit.Process, 16)}
	state, err := kit.Up(arguments, func(flags *flag.FlagSet) {
		flags.Var(&c.imports, "import", "image archive to import at start")
	})
	if err != nil {
		return err
	}
	return state.Supervise(func() (*kit.Running, error) { return c.start(state) })
}

func (c *cluster) onExit(process *kit.Process) { c.ended <- process }

func (c *cluster) start(state *kit.State) (*kit.Running, error) {
	if err := state.MakeCgroups(); err != nil {
		return nil, err
	}
	// containerd and the images need no API server: both come up at the same time.
	images := make(chan error, 1)
	go func() { images <- c.startContainerd(state) }()
	plane, err := kit.StartControlPlane(state, []string{
		// Tests inject what a cloud's identity webhook would, without a webhook.
		"--feature-gates=MutatingAdmissionPolicy=true", "--runtime-config=admissionregistration.k8s.io/v1beta1=true",
	}, c.onExit)
	if err != nil {
		return nil, errors.Join(err, <-images)
	}
	c.ControlPlane = plane
	if err := <-images; err != nil {
		return nil, err
	}
	for _, step := range []func() error{c.createObjects, c.startControllers, c.startNode, c.startNames, c.awaitReady} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	go c.recycleVolumes()
	return &kit.Running{
		Ready: map[string]string{
			"kubeconfig": plane.Kubeconfig, "kubeconfigWithoutRights": plane.KubeconfigWithoutRights, "server": kit.Server,
			"netns": state.NetworkPath(), "state": state.Dir, "audit": plane.AuditLog, "ca": state.Path("pki/ca.crt"),
			"node": nodeName, "address": kit.NodeAddress,
		},
		Commands: map[string]kit.Command{
			"import":          c.importImage,
			"logs":            c.logs,
			"apiserver stop":  func(string) error { return c.KillAPIServer() },
			"apiserver start": func(string) error { return c.StartAPIServer() },
		},
		Ended: c.ended,
	}, nil
}

func (c *cluster) startControllers() error {
	common := []string{
		"--kubeconfig=" + c.ComponentsKubeconfig, "--authentication-kubeconfig=" + c.ComponentsKubeconfig,
		"--authorization-kubeconfig=" + c.ComponentsKubeconfig, "--leader-elect=false", "--kube-api-qps=200", "--kube-api-burst=400",
	}
	_, err := c.StartSelf("kube-controller-manager", append([]string{
		"--service-account-private-key-file=" + c.Path("pki/accounts.key"), "--root-ca-file=" + c.Path("pki/ca.crt"),
		"--cert-dir=" + c.Path("controllers"),
	}, common...), c.onExit)
	if err != nil {
		return err
	}
	_, err = c.StartSelf("kube-scheduler", append([]string{"--cert-dir=" + c.Path("scheduler")}, common...), c.onExit)
	return err
}

// startNames starts the name server behind the kube-dns Service. Port 53 of the node is nobody's to take.
func (c *cluster) startNames() error {
	file, err := c.Write("Corefile", fmt.Sprintf(`.:1053 {
  errors
  ready 127.0.0.1:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig %s
  }
}
`, c.ComponentsKubeconfig))
	if err != nil {
		return err
	}
	_, err = c.StartSelf("coredns", []string{"-conf=" + file}, c.onExit)
	return err
}

func (c *cluster) awaitReady() error {
	err := kit.Await("the node", 3*time.Minute, func() error {
		text, err := c.Request(http.MethodGet, "/api/v1/nodes/"+nodeName, "")
		if err != nil {
			return err
		}
		var node struct {
			Status struct {
				Conditions []struct{ Type, Status, Message string }
			}
		}
		if err := json.Unmarshal(text, &node); err != nil {
			return err
		}
		for _, condition := range node.Status.Conditions {
			if condition.Type == "Ready" {
				if condition.Status == "True" {
					return nil
				}
				return errors.New(condition.Message)
			}
		}
		return errors.New("no condition Ready")
	})
	if err != nil {
		return err
	}
	// Pods of a namespace need its account, which a controller makes.
	err = kit.Await("the default service account", 3*time.Minute, func() error {
		_, err := c.Request(http.MethodGet, "/api/v1/namespaces/default/serviceaccounts/default", "")
		return err
	})
	if err != nil {
		return err
	}
	return kit.Await("the name server", 3*time.Minute, func() error {
		response, err := http.Get("http://127.0.0.1:8181/ready")
		if err == nil {
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				err = errors.New(response.Status)
			}
		}
		return err
	})
}

// logs collects the components' logs and those of all containers into a folder.
func (c *cluster) logs(to string) error {
	if err := c.CopyLogs(to); err != nil {
		return err
	}
	pods := c.Path("pods")
	if _, err := os.Stat(pods); err != nil {
		return nil
	}
	if output, err := exec.Command("cp", "-a", pods, filepath.Join(to, "pods")).CombinedOutput(); err != nil {
		// A container that ends meanwhile takes its log with it.
		if !strings.Contains(string(output), "No such file") {
			return fmt.Errorf("%w: %s", err, output)
		}
	}
	return nil
}
