package blob

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type s3Folder struct {
	client      *s3.Client
	bucket, key string
}

// openS3: the default credential chain, AWS_REGION, and AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL
// (§3). AWS_DEFAULT_REGION is not in the reference's list, and there is no documented switch for path
// style: a host name gets `bucket.host`, an address gets a path, as the SDK's own rules say.
//
// Test only: STANDIN_STS_ENDPOINT stands for sts.<region>.amazonaws.com.
func openS3(ctx context.Context, bucket, key string) (Folder, error) {
	for _, unknown := range []string{"AWS_DEFAULT_REGION", "AWS_CA_BUNDLE"} {
		_ = os.Unsetenv(unknown)
	}
	http, err := client()
	if err != nil {
		return nil, err
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(http), config.WithRetryMaxAttempts(2))
	if err != nil {
		return nil, err
	}
	if settings.Region == "" {
		// The Java SDK's sentence.
		return nil, errors.New("Unable to load region from any of the providers in the chain")
	}
	role, token := os.Getenv("AWS_ROLE_ARN"), os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
	if role != "" && token != "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" {
		// IRSA (§3): both variables come from the EKS webhook.
		endpoint := os.Getenv("STANDIN_STS_ENDPOINT")
		asker := sts.NewFromConfig(settings, func(o *sts.Options) {
			if endpoint != "" {
				o.BaseEndpoint = &endpoint
			}
		})
		settings.Credentials = aws.NewCredentialsCache(
			stscreds.NewWebIdentityRoleProvider(asker, role, stscreds.IdentityTokenFile(token)))
	}
	client := s3.NewFromConfig(settings, func(o *s3.Options) {
		// Stores that only speak S3 do not know the newer checksums; nothing here depends on them.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	return &s3Folder{client, bucket, key}, nil
}

func (f *s3Folder) List(ctx context.Context) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(f.client, &s3.ListObjectsV2Input{Bucket: &f.bucket, Prefix: &f.key, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			if name := strings.TrimPrefix(*object.Key, f.key); name != "" {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

func (f *s3Folder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	out, err := f.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &f.bucket, Key: aws.String(f.key + name)})
	var missing *types.NoSuchKey
	if errors.As(err, &missing) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

func (f *s3Folder) Put(ctx context.Context, name string, from *os.File) error {
	_, err := f.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &f.bucket, Key: aws.String(f.key + name), Body: from})
	return err
}

func (f *s3Folder) Remove(ctx context.Context, name string) error {
	_, err := f.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &f.bucket, Key: aws.String(f.key + name)})
	return err
}

func (f *s3Folder) URI(name string) string { return "s3://" + f.bucket + "/" + f.key + name }
