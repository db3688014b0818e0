// Package blob is where artifacts lie: a folder, or a bucket of S3, Google or Azure, reached with the
// vendors' own Go libraries and with nothing but the credentials and settings that the reference
// knows (neo4j-admin.md §3). The real neo4j-admin uses the vendors' Java libraries; that both read
// the same environment is what the vendors document, and the stand-in shows no more than that.
package blob

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"strings"

	"neo4j-backup.test/standin/internal/trust"
)

// ErrNotFound is an object or folder that is not there.
var ErrNotFound = errors.New("not found")

// Folder is one folder of a store.
type Folder interface {
	// List is the names of the files directly in the folder.
	List(ctx context.Context) ([]string, error)
	// Open reads a file.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Put writes a file whole.
	Put(ctx context.Context, name string, from *os.File) error
	// Remove deletes a file.
	Remove(ctx context.Context, name string) error
	// URI is a file's address as `backup inspect` prints it (§1.4).
	URI(name string) string
}

// IsURI says whether a path names a bucket.
func IsURI(path string) bool {
	for _, scheme := range []string{"s3://", "gs://", "azb://"} {
		if strings.HasPrefix(path, scheme) {
			return true
		}
	}
	return false
}

// Open opens a folder, by a path or by a URI that ends with a slash.
func Open(ctx context.Context, where string) (Folder, error) {
	scheme, rest, isURI := strings.Cut(where, "://")
	if !isURI {
		return local(where), nil
	}
	parts := strings.SplitN(rest, "/", 2)
	bucket, key := parts[0], ""
	if len(parts) > 1 {
		key = parts[1]
	}
	switch scheme {
	case "s3":
		return openS3(ctx, bucket, key)
	case "gs":
		return openGCS(ctx, bucket, key)
	case "azb":
		return openAzure(ctx, bucket, key)
	default:
		return nil, errors.New("Unsupported storage scheme: " + scheme)
	}
}

// Split separates a file from its folder.
func Split(where string) (folder, name string) {
	at := strings.LastIndex(where, "/")
	return where[:at+1], where[at+1:]
}

// client trusts what Java would.
func client() (*http.Client, error) {
	roots, err := trust.Roots()
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig.RootCAs = roots
	return &http.Client{Transport: transport}, nil
}

type local string

func (l local) List(context.Context) ([]string, error) {
	entries, err := os.ReadDir(string(l))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func (l local) Open(_ context.Context, name string) (io.ReadCloser, error) {
	f, err := os.Open(path.Join(string(l), name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotFound
	}
	return f, err
}

func (l local) Put(_ context.Context, name string, from *os.File) error {
	// Artifacts are immutable (§2): a second one of the same second does not replace the first.
	to, err := os.OpenFile(path.Join(string(l), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if closing := to.Close(); err == nil {
		err = closing
	}
	if err != nil {
		_ = os.Remove(to.Name())
	}
	return err
}

func (l local) Remove(_ context.Context, name string) error {
	return os.Remove(path.Join(string(l), name))
}

func (l local) URI(name string) string { return "file://" + path.Join(string(l), name) }
