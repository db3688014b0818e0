// Package ociimage writes OCI image archives that `ctr images import` reads (testcluster.md §1
// "Images"): the same input gives the same bytes, and images of one archive share their layers.
package ociimage

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"sort"
)

// File is one entry of a layer: a folder when Mode has os.ModeDir, a link when Link is set.
type File struct {
	Path string // without a leading slash
	Mode os.FileMode
	UID  int
	Data []byte
	Link string
}

// Image is one image by its full name, for instance docker.io/library/neo4j:5.26.33-enterprise.
type Image struct {
	Name    string
	Env     []string
	User    string
	Command []string
	WorkDir string
	Volumes []string
}

// Write writes images that all have the same layers.
func Write(w io.Writer, images []Image, layers ...[]File) error {
	archive := &archive{tar: tar.NewWriter(w), seen: map[string]bool{}}
	if err := archive.file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	var references []any
	var diffIDs []string
	for _, files := range layers {
		raw, err := layer(files)
		if err != nil {
			return err
		}
		d, err := archive.blob("application/vnd.oci.image.layer.v1.tar", raw)
		if err != nil {
			return err
		}
		references = append(references, d)
		diffIDs = append(diffIDs, d["digest"].(string))
	}
	var manifests []any
	for _, image := range images {
		volumes := map[string]struct{}{}
		for _, path := range image.Volumes {
			volumes[path] = struct{}{}
		}
		config, err := archive.json("application/vnd.oci.image.config.v1+json", map[string]any{
			"architecture": runtime.GOARCH, "os": "linux",
			"config": map[string]any{
				"Env": image.Env, "User": image.User, "Entrypoint": image.Command,
				"WorkingDir": image.WorkDir, "Volumes": volumes,
			},
			"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
		})
		if err != nil {
			return err
		}
		manifest, err := archive.json("application/vnd.oci.image.manifest.v1+json", map[string]any{
			"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
			"config": config, "layers": references,
		})
		if err != nil {
			return err
		}
		manifest["annotations"] = map[string]string{"io.containerd.image.name": image.Name}
		manifests = append(manifests, manifest)
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": manifests})
	if err != nil {
		return err
	}
	if err := archive.file("index.json", index); err != nil {
		return err
	}
	return archive.tar.Close()
}

type archive struct {
	tar  *tar.Writer
	seen map[string]bool
}

func (a *archive) file(name string, data []byte) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := a.tar.Write(data)
	return err
}

func (a *archive) blob(mediaType string, data []byte) (map[string]any, error) {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	if !a.seen[digest] {
		a.seen[digest] = true
		if err := a.file("blobs/sha256/"+digest, data); err != nil {
			return nil, err
		}
	}
	return map[string]any{"mediaType": mediaType, "digest": "sha256:" + digest, "size": len(data)}, nil
}

func (a *archive) json(mediaType string, value any) (map[string]any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return a.blob(mediaType, data)
}

func layer(files []File) ([]byte, error) {
	sorted := append([]File(nil), files...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Path < sorted[j].Path })
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range sorted {
		h := &tar.Header{Name: f.Path, Mode: int64(f.Mode.Perm()), Uid: f.UID, Gid: f.UID, Size: int64(len(f.Data)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if f.Mode&os.ModeSticky != 0 {
			h.Mode |= 0o1000
		}
		switch {
		case f.Link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.Link
		case f.Mode.IsDir():
			h.Typeflag, h.Name = tar.TypeDir, f.Path+"/"
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
