// Command standin-tools is what tests use outside pods: it makes the images, the authority and its
// certificates, runs the identity endpoints, ends a server together with its test, and looks into
// stores.
package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/identity"
)

func main() {
	commands := map[string]func([]string) error{
		"run": run, "identity": serveIdentity, "images": images, "ca": authority, "cert": certificate,
		"google-key": googleKey, "make-bucket": makeBucket, "list": list, "get": get, "put": put, "damage": damage, "remove": remove, "reach": reach,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: standin-tools run|identity|images|ca|cert|google-key|make-bucket|list|get|put|damage|remove|reach ...")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "standin-tools "+os.Args[1]+":", err)
		os.Exit(1)
	}
}

// run starts a server and ends it when standard input closes, that is when the test process is gone,
// however it went.
func run(argv []string) error {
	if len(argv) == 0 {
		return fmt.Errorf("a command is missing")
	}
	runtime.LockOSThread() // the death signal is bound to the thread that started the child
	child := exec.Command(argv[0], argv[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = child.Process.Kill()
	}()
	return child.Wait()
}

func serveIdentity(argv []string) error {
	flags := flag.NewFlagSet("identity", flag.ContinueOnError)
	server := identity.Server{Log: func(format string, args ...any) { fmt.Printf(format+"\n", args...) }}
	flags.StringVar(&server.Host, "listen", "", "address")
	flags.StringVar(&server.JWKS, "jwks", "", "file with the API server's keys")
	flags.StringVar(&server.AccessKey, "access-key", "", "what S3 accepts for a role")
	flags.StringVar(&server.SecretKey, "secret-key", "", "what S3 accepts for a role")
	flags.StringVar(&server.Tenant, "tenant", "", "Azure tenant")
	flags.StringVar(&server.Client, "client", "", "Azure application")
	flags.StringVar(&server.Secret, "secret", "", "Azure application's secret")
	google := flags.String("google-key", "", "PEM of the Google service account")
	cert := flags.String("cert", "", "PEM")
	key := flags.String("key", "", "PEM")
	if err := flags.Parse(argv); err != nil {
		return err
	}
	if *google != "" {
		private, err := readKey(*google)
		if err != nil {
			return err
		}
		server.Google = &private.PublicKey
	}
	return http.ListenAndServeTLS(server.Host, *cert, *key, server.Handler())
}

func readKey(file string) (*rsa.PrivateKey, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	own, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is no RSA key", file)
	}
	return own, nil
}

// reach succeeds when something listens at an address.
func reach(argv []string) error {
	c, err := net.DialTimeout("tcp", argv[0], 2*time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}

// open opens the folder of a URI with the credentials of the environment.
func open(uri string) (context.Context, blob.Folder, string, error) {
	ctx := context.Background()
	dir, name := blob.Split(uri)
	folder, err := blob.Open(ctx, dir)
	return ctx, folder, name, err
}

func makeBucket(argv []string) error {
	ctx, folder, _, err := open(argv[0])
	if err != nil {
		return err
	}
	return blob.MakeBucket(ctx, folder)
}

func list(argv []string) error {
	ctx, folder, _, err := open(argv[0])
	if err != nil {
		return err
	}
	names, err := folder.List(ctx)
	for _, name := range names {
		fmt.Println(name)
	}
	return err
}

func get(argv []string) error {
	ctx, folder, name, err := open(argv[0])
	if err != nil {
		return err
	}
	body, err := folder.Open(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(os.Stdout, body)
	return err
}

func put(argv []string) error {
	ctx, folder, name, err := open(argv[0])
	if err != nil {
		return err
	}
	return store(ctx, folder, name, os.Stdin)
}

func store(ctx context.Context, folder blob.Folder, name string, from io.Reader) error {
	file, err := os.CreateTemp("", "standin-put-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := io.Copy(file, from); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return folder.Put(ctx, name, file)
}

func remove(argv []string) error {
	ctx, folder, name, err := open(argv[0])
	if err != nil {
		return err
	}
	return folder.Remove(ctx, name)
}

// damage flips the last byte of an object, behind its header.
func damage(argv []string) error {
	ctx, folder, name, err := open(argv[0])
	if err != nil {
		return err
	}
	body, err := folder.Open(ctx, name)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(body)
	body.Close()
	if err != nil {
		return err
	}
	if len(raw) == 0 {
		return fmt.Errorf("%s is empty", name)
	}
	raw[len(raw)-1] ^= 0xff
	if !blob.IsURI(argv[0]) {
		if err := folder.Remove(ctx, name); err != nil {
			return err
		}
	}
	reader, writer := io.Pipe()
	go func() { _, err := writer.Write(raw); _ = writer.CloseWithError(err) }()
	return store(ctx, folder, name, reader)
}
