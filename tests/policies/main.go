// Judges network policies by the matcher of cyclonus, with which the Kubernetes project's conformance of networks is studied:
// for each pair of pods, the ports that the one may open in the other.
//
// Reads {"policies": [NetworkPolicy], "pairs": [{"source": POD, "destination": POD}]} and writes a list with an object for
// each pair, of port ranges by protocol. A POD has namespace, namespaceLabels, labels and ip; outside of the cluster it has
// an ip alone.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type pod struct {
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
	IP              string            `json:"ip"`
}

func (p pod) peer() *matcher.TrafficPeer {
	if p.Namespace == "" {
		return &matcher.TrafficPeer{IP: p.IP}
	}
	internal := &matcher.InternalPeer{PodLabels: p.Labels, NamespaceLabels: p.NamespaceLabels, Namespace: p.Namespace}
	return &matcher.TrafficPeer{Internal: internal, IP: p.IP}
}

type question struct {
	Policies []*networkingv1.NetworkPolicy `json:"policies"`
	Pairs    []struct {
		Source      pod `json:"source"`
		Destination pod `json:"destination"`
	} `json:"pairs"`
}

func main() {
	if err := judge(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	policy := matcher.BuildNetworkPolicies(false, asked.Policies)
	answers := []map[string][][2]int{}
	for _, pair := range asked.Pairs {
		answer := map[string][][2]int{}
		for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
			ranges := [][2]int{}
			for port := 1; port <= 65535; port++ {
				traffic := &matcher.Traffic{
					Source: pair.Source.peer(), Destination: pair.Destination.peer(), ResolvedPort: port, Protocol: protocol,
				}
				if !policy.IsTrafficAllowed(traffic).IsAllowed() {
					continue
				}
				if last := len(ranges) - 1; last >= 0 && ranges[last][1] == port-1 {
					ranges[last][1] = port
				} else {
					ranges = append(ranges, [2]int{port, port})
				}
			}
			answer[string(protocol)] = ranges
		}
		answers = append(answers, answer)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}
