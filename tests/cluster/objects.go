package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"testcluster.local/kit"
)

// nameServer is the address of the kube-dns Service.
const nameServer = "10.96.0.10"

// volumeClass is one class of local volumes that are made beforehand.
type volumeClass struct {
	name, capacity string
	count          int
	// bytes limits the volume by a file system of its own; 0 is a plain folder.
	bytes int64
}

var volumeClasses = []volumeClass{
	{name: "standard", capacity: "1Gi", count: 40},
	// For claims of the size that examples ask for; nothing of it is used up.
	{name: "standard", capacity: "1Ti", count: 20},
	{name: "tiny", capacity: "8Mi", count: 3, bytes: 8 << 20},
}

// createObjects makes what a cluster comes with: the name service, storage, and the right to verify tokens.
func (c *cluster) createObjects() error {
	type creation struct {
		path  string
		value object
	}
	var all []creation
	add := func(path string, value object) { all = append(all, creation{path, value}) }
	add("/api/v1/namespaces/kube-system/services", object{
		"apiVersion": "v1", "kind": "Service", "metadata": object{"name": "kube-dns"},
		"spec": object{"clusterIP": nameServer, "ports": []object{
			{"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 1053},
			{"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 1053},
		}},
	})
	add("/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices", object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
		"metadata":  object{"name": "kube-dns", "labels": object{"kubernetes.io/service-name": "kube-dns"}},
		"endpoints": []object{{"addresses": []string{kit.NodeAddress}, "conditions": object{"ready": true}}},
		"ports":     []object{{"name": "dns", "port": 1053, "protocol": "UDP"}, {"name": "dns-tcp", "port": 1053, "protocol": "TCP"}},
	})
	// Object stores look the issuer's keys up without an account.
	add("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", object{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
		"metadata": object{"name": "testcluster:issuer-discovery"},
		"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:service-account-issuer-discovery"},
		"subjects": []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}},
	})
	number := 0
	seen := map[string]bool{}
	for _, class := range volumeClasses {
		if !seen[class.name] {
			seen[class.name] = true
			add("/apis/storage.k8s.io/v1/storageclasses", object{
				"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "kubernetes.io/no-provisioner",
				"metadata": object{"name": class.name, "annotations": object{
					"storageclass.kubernetes.io/is-default-class": fmt.Sprint(class.name == "standard"),
				}},
				"volumeBindingMode": "WaitForFirstConsumer", "reclaimPolicy": "Retain",
			})
		}
		for range class.count {
			number++
			name := fmt.Sprintf("%s-%02d", class.name, number)
			folder, err := c.makeVolume(name, class)
			if err != nil {
				return err
			}
			// A local volume, unlike a hostPath one, gets the pod's group (fsGroup).
			add("/api/v1/persistentvolumes", object{
				"apiVersion": "v1", "kind": "PersistentVolume", "metadata": object{"name": name},
				"spec": object{
					"capacity": object{"storage": class.capacity}, "storageClassName": class.name,
					"accessModes":                   []string{"ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"},
					"persistentVolumeReclaimPolicy": "Retain", "local": object{"path": folder},
					"nodeAffinity": object{"required": object{"nodeSelectorTerms": []object{{"matchExpressions": []object{
						{"key": "kubernetes.io/hostname", "operator": "In", "values": []string{nodeName}},
					}}}}},
				},
			})
		}
	}
	for _, one := range all {
		text, err := json.Marshal(one.value)
		if err != nil {
			return err
		}
		// The namespace kube-system and the first roles appear a moment after the server is ready.
		if err := kit.Await(one.path, 2*time.Minute, func() error { return c.Create(one.path, string(text)) }); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) makeVolume(name string, class volumeClass) (string, error) {
	folder := c.Path("volumes", name)
	if err := mkdir(folder); err != nil {
		return "", err
	}
	if class.bytes > 0 {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", class.bytes)); err != nil {
			return "", fmt.Errorf("tmpfs on %s: %w", folder, err)
		}
	}
	return folder, nil
}

// recycleVolumes empties volumes whose claim is gone and offers them again, so that a long test run does not use them up.
func (c *cluster) recycleVolumes() {
	for range time.Tick(time.Second) {
		text, err := c.Request(http.MethodGet, "/api/v1/persistentvolumes", "")
		if err != nil {
			continue // The API server may be stopped on purpose.
		}
		var volumes struct {
			Items []struct {
				Metadata struct{ Name string }
				Spec     struct{ Local struct{ Path string } }
				Status   struct{ Phase string }
			}
		}
		if json.Unmarshal(text, &volumes) != nil {
			continue
		}
		for _, volume := range volumes.Items {
			// Volumes of tests' own making are theirs.
			if volume.Status.Phase != "Released" || filepath.Dir(volume.Spec.Local.Path) != c.Path("volumes") {
				continue
			}
			if err := empty(volume.Spec.Local.Path); err != nil {
				fmt.Fprintln(os.Stderr, "testcluster: emptying a volume:", err)
				continue
			}
			_, err := c.Request(http.MethodPatch, "/api/v1/persistentvolumes/"+volume.Metadata.Name, `{"spec":{"claimRef":null}}`)
			if err != nil {
				fmt.Fprintln(os.Stderr, "testcluster: offering a volume again:", err)
			}
		}
	}
}

func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	if err := os.Chown(folder, 0, 0); err != nil {
		return err
	}
	return os.Chmod(folder, 0o755)
}
