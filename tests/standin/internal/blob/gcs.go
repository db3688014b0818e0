package blob

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

type gcsFolder struct {
	bucket    *storage.BucketHandle
	name, key string
}

// openGCS: application default credentials, that is GOOGLE_APPLICATION_CREDENTIALS with a key file,
// or the metadata server of Workload Identity (§3).
//
// Test only: STANDIN_GCS_ENDPOINT stands for https://storage.googleapis.com. The token comes from the
// key file's own `token_uri`, as in production.
func openGCS(ctx context.Context, bucket, key string) (Folder, error) {
	// The emulator switch of the Go library would turn authentication off.
	_ = os.Unsetenv("STORAGE_EMULATOR_HOST")
	options := []option.ClientOption{storage.WithJSONReads()}
	if endpoint := os.Getenv("STANDIN_GCS_ENDPOINT"); endpoint != "" {
		options = append(options, option.WithEndpoint(strings.TrimSuffix(endpoint, "/")+"/storage/v1/"))
	}
	client, err := storage.NewClient(ctx, options...)
	if err != nil {
		return nil, err
	}
	client.SetRetry(storage.WithMaxAttempts(3))
	return &gcsFolder{client.Bucket(bucket), bucket, key}, nil
}

func (f *gcsFolder) List(ctx context.Context) ([]string, error) {
	var names []string
	objects := f.bucket.Objects(ctx, &storage.Query{Prefix: f.key, Delimiter: "/"})
	for {
		object, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		if name := strings.TrimPrefix(object.Name, f.key); object.Name != "" && name != "" {
			names = append(names, name)
		}
	}
}

func (f *gcsFolder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := f.bucket.Object(f.key + name).NewReader(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, ErrNotFound
	}
	return r, err
}

func (f *gcsFolder) Put(ctx context.Context, name string, from *os.File) error {
	w := f.bucket.Object(f.key + name).NewWriter(ctx)
	if _, err := io.Copy(w, from); err != nil {
		_ = w.Close()
		return err
	}
	return w.Close()
}

func (f *gcsFolder) Remove(ctx context.Context, name string) error {
	return f.bucket.Object(f.key + name).Delete(ctx)
}

func (f *gcsFolder) URI(name string) string { return "gs://" + f.name + "/" + f.key + name }
