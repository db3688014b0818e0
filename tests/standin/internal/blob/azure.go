package blob

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

type azureFolder struct {
	client                  *azblob.Client
	account, container, key string
}

// openAzure: azb://account/container/dir/ and DefaultAzureCredential, that is AZURE_TENANT_ID,
// AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or workload identity (§3). A storage account key
// (AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_KEY) is not in neo4j-admin's documentation and is not read,
// and neither is a SAS token.
//
// Test only: STANDIN_AZURE_ENDPOINT stands for https://<account>.blob.core.windows.net, with the
// account as a path; STANDIN_AZURE_AUTHORITY for https://login.microsoftonline.com.
func openAzure(_ context.Context, account, rest string) (Folder, error) {
	name, key, _ := strings.Cut(rest, "/")
	if name == "" {
		// azb://<container>/... without account is wrong (§3).
		return nil, fmt.Errorf("azb://%s/%s does not name an account and a container", account, rest)
	}
	http, err := client()
	if err != nil {
		return nil, err
	}
	options := azcore.ClientOptions{Transport: http, Retry: policy.RetryOptions{MaxRetries: 1}}
	endpoint := "https://" + account + ".blob.core.windows.net/"
	if test := os.Getenv("STANDIN_AZURE_ENDPOINT"); test != "" {
		endpoint = strings.TrimSuffix(test, "/") + "/" + account + "/"
	}
	identity := options
	discovery := false
	if authority := os.Getenv("STANDIN_AZURE_AUTHORITY"); authority != "" {
		identity.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: authority}
		discovery = true
	}
	credential, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: identity, DisableInstanceDiscovery: discovery,
	})
	if err != nil {
		return nil, err
	}
	client, err := azblob.NewClient(endpoint, credential, &azblob.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, err
	}
	return &azureFolder{client, account, name, key}, nil
}

func (f *azureFolder) List(ctx context.Context) ([]string, error) {
	var names []string
	pages := f.client.ServiceClient().NewContainerClient(f.container).
		NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &f.key})
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Segment.BlobItems {
			if name := strings.TrimPrefix(*item.Name, f.key); name != "" {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

func (f *azureFolder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	out, err := f.client.DownloadStream(ctx, f.container, f.key+name, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

func (f *azureFolder) Put(ctx context.Context, name string, from *os.File) error {
	_, err := f.client.UploadFile(ctx, f.container, f.key+name, from, nil)
	return err
}

func (f *azureFolder) Remove(ctx context.Context, name string) error {
	_, err := f.client.DeleteBlob(ctx, f.container, f.key+name, nil)
	return err
}

func (f *azureFolder) URI(name string) string {
	return "azb://" + f.account + "/" + f.container + "/" + f.key + name
}
