package kit

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Image is what goes into an image of one layer. The same content gives the same bytes.
type Image struct {
	// Names are full references, such as docker.io/library/busybox:1.36; one archive may carry several.
	Names []string
	// Entrypoint, Command, Env, User, WorkingDir and Volumes are what a Dockerfile says with the words of that name.
	Entrypoint, Command, Env, Volumes []string
	User, WorkingDir                  string
	entries                           map[string]entry
}

type entry struct {
	source, link string
	mode         int64
	uid, gid     int
	kind         byte
}

func (i *Image) add(destination string, one entry) {
	if i.entries == nil {
		i.entries = map[string]entry{}
	}
	destination = strings.Trim(path.Clean("/"+destination), "/")
	if destination == "" {
		return
	}
	i.entries[destination] = one
	for parent := path.Dir(destination); parent != "."; parent = path.Dir(parent) {
		if _, there := i.entries[parent]; !there {
			i.entries[parent] = entry{kind: tar.TypeDir, mode: 0o755}
		}
	}
}

// AddFile puts a file, or a folder with all that is in it, at a place; mode 0 keeps that of the source.
func (i *Image) AddFile(source, destination string, mode int64) error {
	return filepath.Walk(source, func(at string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(source, at)
		if err != nil {
			return err
		}
		one := entry{source: at, mode: int64(info.Mode().Perm())}
		switch {
		case at == source && !info.IsDir():
			// What a link given by name points at is meant, not the link.
			if info, err = os.Stat(source); err != nil {
				return err
			}
			one.kind, one.mode = tar.TypeReg, int64(info.Mode().Perm())
			if mode != 0 {
				one.mode = mode
			}
		case info.IsDir():
			one.kind = tar.TypeDir
		case info.Mode()&os.ModeSymlink != 0:
			one.kind, one.mode = tar.TypeSymlink, 0o777
			if one.link, err = os.Readlink(at); err != nil {
				return err
			}
		case info.Mode().IsRegular():
			one.kind = tar.TypeReg
		default:
			return fmt.Errorf("%s is neither file, folder nor link", at)
		}
		i.add(path.Join(destination, filepath.ToSlash(below)), one)
		return nil
	})
}

// AddFolder makes an empty folder of an owner.
func (i *Image) AddFolder(destination string, mode int64, uid, gid int) {
	i.add(destination, entry{kind: tar.TypeDir, mode: mode, uid: uid, gid: gid})
}

// AddLink makes a symbolic link.
func (i *Image) AddLink(destination, to string) {
	i.add(destination, entry{kind: tar.TypeSymlink, mode: 0o777, link: to})
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Write makes the OCI archive.
func (i *Image) Write(to string) error {
	if len(i.Names) == 0 {
		return errors.New("an image needs a name")
	}
	layer, err := os.CreateTemp(filepath.Dir(to), ".layer-*")
	if err != nil {
		return err
	}
	defer os.Remove(layer.Name())
	defer layer.Close()
	hash := sha256.New()
	if err := i.writeLayer(io.MultiWriter(layer, hash)); err != nil {
		return err
	}
	size, err := layer.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	digest := "sha256:" + hex.EncodeToString(hash.Sum(nil))
	volumes := map[string]struct{}{}
	for _, volume := range i.Volumes {
		volumes[volume] = struct{}{}
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": "1970-01-01T00:00:00Z",
		"config": map[string]any{
			"Entrypoint": i.Entrypoint, "Cmd": i.Command, "Env": i.Env, "User": i.User, "WorkingDir": i.WorkingDir, "Volumes": volumes,
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest}},
	})
	if err != nil {
		return err
	}
	configBlob := blob("application/vnd.oci.image.config.v1+json", config)
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "config": configBlob,
		"layers": []descriptor{{MediaType: "application/vnd.oci.image.layer.v1.tar", Digest: digest, Size: size}},
	})
	if err != nil {
		return err
	}
	var named []descriptor
	for _, name := range i.Names {
		one := blob(manifestType, manifest)
		one.Annotations = map[string]string{"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}
		named = append(named, one)
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": named})
	if err != nil {
		return err
	}
	return i.writeArchive(to, layer, size, digest, map[string][]byte{
		"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`), "index.json": index,
		blobPath(configBlob.Digest): config, blobPath(named[0].Digest): manifest,
	})
}

const manifestType = "application/vnd.oci.image.manifest.v1+json"

func blob(kind string, content []byte) descriptor {
	sum := sha256.Sum256(content)
	return descriptor{MediaType: kind, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
}

func blobPath(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func (i *Image) writeArchive(to string, layer io.ReadSeeker, size int64, digest string, files map[string][]byte) error {
	// The archive appears under its name when it is whole.
	file, err := os.CreateTemp(filepath.Dir(to), ".image-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	archive := tar.NewWriter(file)
	for _, name := range sorted(files) {
		if err := archive.WriteHeader(header(name, entry{kind: tar.TypeReg, mode: 0o644}, int64(len(files[name])))); err != nil {
			return err
		}
		if _, err := archive.Write(files[name]); err != nil {
			return err
		}
	}
	if err := archive.WriteHeader(header(blobPath(digest), entry{kind: tar.TypeReg, mode: 0o644}, size)); err != nil {
		return err
	}
	if _, err := layer.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(archive, layer); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), to)
}

func (i *Image) writeLayer(to io.Writer) error {
	archive := tar.NewWriter(to)
	for _, name := range sorted(i.entries) {
		one := i.entries[name]
		if one.kind != tar.TypeReg {
			if err := archive.WriteHeader(header(name, one, 0)); err != nil {
				return err
			}
			continue
		}
		source, err := os.Open(one.source)
		if err != nil {
			return err
		}
		info, err := source.Stat()
		if err == nil {
			err = archive.WriteHeader(header(name, one, info.Size()))
		}
		if err == nil {
			_, err = io.Copy(archive, source)
		}
		source.Close()
		if err != nil {
			return err
		}
	}
	return archive.Close()
}

func header(name string, one entry, size int64) *tar.Header {
	if one.kind == tar.TypeDir {
		name += "/"
	}
	return &tar.Header{
		Typeflag: one.kind, Name: name, Linkname: one.link, Mode: one.mode, Uid: one.uid, Gid: one.gid, Size: size,
		ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	}
}

func sorted[V any](of map[string]V) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ImageCommand makes an image as its arguments say; see ImageUsage.
func ImageCommand(arguments []string) error {
	image := &Image{}
	out := ""
	for len(arguments) > 0 {
		option := arguments[0]
		if len(arguments) < 2 {
			return fmt.Errorf("%s needs a value\n%s", option, ImageUsage)
		}
		value := arguments[1]
		arguments = arguments[2:]
		left, right, split := strings.Cut(value, "=")
		var err error
		switch option {
		case "--name":
			image.Names = append(image.Names, value)
		case "--file":
			destination, mode, given := strings.Cut(right, ":")
			var bits int64
			if given {
				bits, err = strconv.ParseInt(mode, 8, 64)
			}
			if err == nil {
				err = image.AddFile(left, destination, bits)
			}
		case "--folder":
			var mode int64 = 0o755
			var uid, gid int
			parts := strings.Split(value, ":")
			if len(parts) > 1 {
				mode, err = strconv.ParseInt(parts[1], 8, 64)
			}
			if err == nil && len(parts) > 2 {
				uid, err = strconv.Atoi(parts[2])
				gid = uid
			}
			if err == nil && len(parts) > 3 {
				gid, err = strconv.Atoi(parts[3])
			}
			image.AddFolder(parts[0], mode, uid, gid)
		case "--link":
			image.AddLink(left, right)
		case "--env":
			image.Env = append(image.Env, value)
		case "--user":
			image.User = value
		case "--workdir":
			image.WorkingDir = value
		case "--volume":
			image.Volumes = append(image.Volumes, value)
		case "--entrypoint":
			image.Entrypoint = append(image.Entrypoint, value)
		case "--cmd":
			image.Command = append(image.Command, value)
		case "--out":
			out = value
		default:
			return fmt.Errorf("unknown option %s\n%s", option, ImageUsage)
		}
		if err == nil && !split && slices.Contains([]string{"--file", "--link", "--env"}, option) {
			err = errors.New("no = in it")
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", option, value, err)
		}
	}
	if out == "" {
		return fmt.Errorf("--out is missing\n%s", ImageUsage)
	}
	return image.Write(out)
}

// ImageUsage explains ImageCommand.
const ImageUsage = `usage: testcluster image --name REF --out FILE.tar [options, most of them repeatable]
  --file SOURCE=DEST[:MODE]          a file, or a folder with all that is in it
  --folder PATH[:MODE[:UID[:GID]]]   an empty folder
  --link PATH=TARGET                 a symbolic link
  --env K=V  --user UID[:GID]  --workdir PATH  --volume PATH
  --entrypoint WORD  --cmd WORD      one word at a time`
