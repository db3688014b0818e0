package main

import (
	"os"

	"testcluster.local/kit"
)

type object = map[string]any

func (c *cluster) startNode() error {
	// What pods inherit beside the cluster's own names: nothing.
	resolver, err := c.Write("resolv.conf", "")
	if err != nil {
		return err
	}
	kubelet, err := c.WriteJSON("kubelet.json", object{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		// The network namespace is the fence.
		"authentication":           object{"anonymous": object{"enabled": true}, "webhook": object{"enabled": false}},
		"authorization":            object{"mode": "AlwaysAllow"},
		"containerRuntimeEndpoint": "unix://" + c.Path("containerd.sock"),
		"clusterDNS":               []string{nameServer}, "clusterDomain": "cluster.local", "resolvConf": resolver,
		"podLogsDir": c.Path("pods"), "volumePluginDir": c.Path("volume-plugins"),
		"cgroupDriver": "cgroupfs", "cgroupRoot": "/" + c.Name, "failCgroupV1": false, "enforceNodeAllocatable": []string{},
		"oomScoreAdj": 0, "failSwapOn": false, "makeIPTablesUtilChains": false,
		// A full disk of the machine is not the tests' business.
		"evictionHard":                object{"imagefs.available": "0%", "nodefs.available": "0%", "memory.available": "0%"},
		"imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
		"serializeImagePulls": false, "maxPods": 500, "syncFrequency": "5s", "nodeStatusUpdateFrequency": "2s",
		"kubeAPIQPS": 200, "kubeAPIBurst": 400, "shutdownGracePeriod": "0s",
	})
	if err != nil {
		return err
	}
	_, err = c.StartSelf("kubelet", []string{
		"--config=" + kubelet, "--kubeconfig=" + c.ComponentsKubeconfig, "--root-dir=" + c.Path("kubelet"), "--cert-dir=" + c.Path("kubelet/pki"),
		"--hostname-override=" + nodeName, "--node-ip=" + kit.NodeAddress,
	}, c.onExit)
	if err != nil {
		return err
	}
	proxy, err := c.WriteJSON("proxy.json", object{
		"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "nftables",
		"clientConnection": object{"kubeconfig": c.ComponentsKubeconfig}, "clusterCIDR": "10.244.0.0/16", "hostnameOverride": nodeName,
		"conntrack": object{"maxPerCore": 0, "min": 0}, "nftables": object{"minSyncPeriod": "100ms", "syncPeriod": "30s"},
	})
	if err != nil {
		return err
	}
	_, err = c.StartSelf("kube-proxy", []string{"--config=" + proxy}, c.onExit)
	return err
}

// mkdir makes a folder that everybody may enter.
func mkdir(path string) error { return os.MkdirAll(path, 0o755) }
