package kit

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Server is the address of the API server, inside the network namespace.
const Server = "https://" + NodeAddress + ":6443"

// ControlPlane is etcd and an API server in front of it.
type ControlPlane struct {
	*State
	// Kubeconfig is of a user who may do everything, KubeconfigWithoutRights of one who may do nothing, and
	// ComponentsKubeconfig of one who may do everything and whose requests are not in the audit log.
	Kubeconfig, KubeconfigWithoutRights, ComponentsKubeconfig string
	// AuditLog holds one JSON object a request of everybody but the components.
	AuditLog  string
	client    *http.Client
	token     string
	arguments []string
	apiserver *Process
	onExit    func(*Process)
}

// auditPolicy keeps who asked for what, without bodies, once a request (a watch when it begins and when it ends).
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["testcluster:components", "system:apiserver"]
- level: None
  userGroups: ["system:serviceaccounts:kube-system"]
- level: Metadata
`

// StartControlPlane starts etcd and the API server, and waits until it answers.
func StartControlPlane(state *State, extra []string, onExit func(*Process)) (*ControlPlane, error) {
	plane := &ControlPlane{State: state, AuditLog: state.Path("audit.log"), onExit: onExit}
	if err := plane.prepare(extra); err != nil {
		return nil, err
	}
	_, err := state.StartSelf("etcd", []string{
		"--data-dir=" + state.Path("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
		"--listen-peer-urls=http://127.0.0.1:2380", "--initial-advertise-peer-urls=http://127.0.0.1:2380",
		"--initial-cluster=default=http://127.0.0.1:2380",
	}, onExit)
	if err != nil {
		return nil, err
	}
	return plane, plane.StartAPIServer()
}

func (c *ControlPlane) prepare(extra []string) error {
	if err := c.makeKeys(); err != nil {
		return err
	}
	var tokens bytes.Buffer
	for _, one := range []struct {
		name, groups, file string
		path               *string
	}{
		{"testcluster:admin", "system:masters", "kubeconfig", &c.Kubeconfig},
		{"testcluster:nobody", "", "kubeconfig-without-rights", &c.KubeconfigWithoutRights},
		{"testcluster:components", "system:masters", "kubeconfig-components", &c.ComponentsKubeconfig},
	} {
		who, err := newUser(one.name, one.groups)
		if err != nil {
			return err
		}
		c.token = who.token
		fmt.Fprintf(&tokens, "%s,%s,%s,%q\n", who.token, who.name, who.name, who.groups)
		if *one.path, err = c.writeKubeconfig(one.file, who); err != nil {
			return err
		}
	}
	tokenFile, err := c.Write("pki/tokens.csv", tokens.String())
	if err != nil {
		return err
	}
	policy, err := c.Write("audit-policy.yaml", auditPolicy)
	if err != nil {
		return err
	}
	c.arguments = append([]string{
		"--etcd-servers=http://127.0.0.1:2379",
		"--advertise-address=" + NodeAddress, "--bind-address=0.0.0.0", "--secure-port=6443", "--external-hostname=" + NodeAddress,
		"--cert-dir=" + c.Path("pki"), "--tls-cert-file=" + c.Path("pki/server.crt"), "--tls-private-key-file=" + c.Path("pki/server.key"),
		"--service-cluster-ip-range=" + ServiceNetwork, "--kubelet-preferred-address-types=InternalIP", "--allow-privileged",
		"--token-auth-file=" + tokenFile, "--authorization-mode=RBAC",
		// With its own address as issuer, whoever reaches the API server can verify tokens by OpenID discovery.
		"--service-account-issuer=" + Server,
		"--service-account-key-file=" + c.Path("pki/accounts.key"), "--service-account-signing-key-file=" + c.Path("pki/accounts.key"),
		"--audit-policy-file=" + policy, "--audit-log-path=" + c.AuditLog, "--audit-log-mode=blocking",
	}, extra...)
	authority, err := os.ReadFile(c.Path("pki/ca.crt"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	c.client = &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true},
	}
	return nil
}

// StartAPIServer starts the API server and waits until it says that it is ready.
func (c *ControlPlane) StartAPIServer() error {
	if c.apiserver != nil {
		return errors.New("the API server is running")
	}
	process, err := c.StartSelf("kube-apiserver", c.arguments, c.onExit)
	if err != nil {
		return err
	}
	c.apiserver = process
	return Await("the API server", 4*time.Minute, func() error {
		select {
		case <-process.Done:
			return fmt.Errorf("%w, see %s", errEnded, c.Path("logs/kube-apiserver.log"))
		default:
		}
		_, err := c.Request(http.MethodGet, "/readyz", "")
		return err
	})
}

// KillAPIServer ends the API server the hard way.
func (c *ControlPlane) KillAPIServer() error {
	if c.apiserver == nil {
		return errors.New("the API server is not running")
	}
	c.apiserver.Kill()
	c.apiserver = nil
	return nil
}

// Create posts an object, given as JSON, to a path of the API. One that is there already is left as it is.
func (c *ControlPlane) Create(path, object string) error {
	_, err := c.Request(http.MethodPost, path, object)
	var status statusError
	if errors.As(err, &status) && status.code == http.StatusConflict {
		return nil
	}
	return err
}

type statusError struct {
	code int
	text string
}

func (e statusError) Error() string { return e.text }

// Request sends one request as the components' user.
func (c *ControlPlane) Request(method, path, body string) ([]byte, error) {
	request, err := http.NewRequest(method, Server+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = statusError{response.StatusCode, fmt.Sprintf("%s %s: %s: %.2000s", method, path, response.Status, text)}
	}
	return text, err
}

var errEnded = errors.New("it ended")

// Await asks until there is no error, or the time is over, or the error says that waiting is in vain.
func Await(what string, limit time.Duration, ask func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if errors.Is(err, errEnded) || time.Now().After(deadline) {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
