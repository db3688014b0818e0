package blob

import (
	"context"
	"fmt"

	"cloud.google.com/go/storage"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// MakeBucket makes the bucket or container of a folder; tests call it, neo4j-admin never does.
func MakeBucket(ctx context.Context, folder Folder) error {
	switch f := folder.(type) {
	case *s3Folder:
		_, err := f.client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &f.bucket})
		return err
	case *gcsFolder:
		return f.bucket.Create(ctx, "standin", &storage.BucketAttrs{})
	case *azureFolder:
		_, err := f.client.CreateContainer(ctx, f.container, nil)
		return err
	default:
		return fmt.Errorf("a folder has no bucket")
	}
}
