package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"neo4j-backup.test/standin/internal/ociimage"
)

// images writes an archive: images ARCHIVE PROGRAM CA-BUNDLE VERSION...
//
// The layout is the official image's as far as pods see it: neo4j-admin and cypher-shell on the PATH,
// user 7474, volumes /data and /logs (neo4j-admin.md §1.0, pods.md §1). There is no shell in it:
// rendered pods never need one. The endpoints that stand for the vendors' own are in the environment
// of the image, each named as a stand-in; STANDIN_HOST replaces the address of the test node.
func images(argv []string) error {
	if len(argv) < 4 {
		return errors.New("images ARCHIVE PROGRAM CA-BUNDLE VERSION...")
	}
	program, err := os.ReadFile(argv[1])
	if err != nil {
		return err
	}
	bundle, err := os.ReadFile(argv[2])
	if err != nil {
		return err
	}
	const user = 7474
	dir := func(path string, mode os.FileMode, uid int) ociimage.File {
		return ociimage.File{Path: path, Mode: os.ModeDir | mode, UID: uid}
	}
	link := func(path, to string) ociimage.File { return ociimage.File{Path: path, Mode: 0o777, Link: to} }
	base := []ociimage.File{
		dir("etc", 0o755, 0), dir("etc/ssl", 0o755, 0), dir("etc/ssl/certs", 0o755, 0),
		{Path: "etc/passwd", Mode: 0o644, Data: []byte("root:x:0:0:root:/root:/nologin\nneo4j:x:7474:7474::/var/lib/neo4j:/nologin\n")},
		{Path: "etc/group", Mode: 0o644, Data: []byte("root:x:0:\nneo4j:x:7474:\n")},
		dir("tmp", os.ModeSticky|0o777, 0), dir("data", 0o777, user), dir("logs", 0o777, user), dir("opt", 0o755, 0),
		dir("usr", 0o755, 0), dir("usr/bin", 0o755, 0), dir("var", 0o755, 0), dir("var/lib", 0o755, 0),
		dir("var/lib/neo4j", 0o777, user), dir("var/lib/neo4j/bin", 0o755, user), dir("var/lib/neo4j/conf", 0o777, user),
		link("var/lib/neo4j/data", "/data"), link("var/lib/neo4j/logs", "/logs"),
		{Path: "opt/standin", Mode: 0o755, Data: program},
	}
	for _, name := range []string{"neo4j-admin", "cypher-shell", "neo4j-server-standin"} {
		base = append(base, link("var/lib/neo4j/bin/"+name, "/opt/standin"))
	}
	base = append(base, link("usr/bin/keytool", "/opt/standin"))
	trust := []ociimage.File{{Path: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644, Data: bundle}}
	host := os.Getenv("STANDIN_HOST")
	if host == "" {
		host = "192.0.2.10" // testcluster.md §1, node address
	}
	var all []ociimage.Image
	for _, version := range argv[3:] {
		all = append(all, ociimage.Image{
			Name: "docker.io/library/neo4j:" + version + "-enterprise",
			Env: []string{
				"PATH=/var/lib/neo4j/bin:/usr/bin:/bin", "NEO4J_HOME=/var/lib/neo4j", "NEO4J_EDITION=enterprise",
				"NEO4J_STANDIN_VERSION=" + version,
				"STANDIN_AZURE_ENDPOINT=https://" + host + ":10000", "STANDIN_AZURE_AUTHORITY=https://" + host + ":9443/",
				"STANDIN_GCS_ENDPOINT=http://" + host + ":4443", "STANDIN_STS_ENDPOINT=https://" + host + ":9443",
			},
			Command: []string{"neo4j-server-standin"}, WorkDir: "/var/lib/neo4j", Volumes: []string{"/data", "/logs"},
		})
	}
	to, err := os.Create(argv[0] + ".new")
	if err != nil {
		return err
	}
	if err := errors.Join(ociimage.Write(to, all, base, trust), to.Close()); err != nil {
		return err
	}
	return os.Rename(argv[0]+".new", argv[0])
}

// authority makes DIR/ca.crt and DIR/ca.key, once.
func authority(argv []string) error {
	dir := argv[0]
	if _, err := os.Stat(filepath.Join(dir, "ca.crt")); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "stand-in authority of the tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "ca.key"), key); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "ca.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// certificate makes NAME.crt and NAME.key in OUT by the authority of DIR: cert DIR OUT NAME HOST...
func certificate(argv []string) error {
	if len(argv) < 4 {
		return errors.New("cert CA-DIR OUT NAME HOST...")
	}
	raw, err := os.ReadFile(filepath.Join(argv[0], "ca.crt"))
	if err != nil {
		return err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return errors.New("ca.crt is no PEM")
	}
	issuer, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	raw, err = os.ReadFile(filepath.Join(argv[0], "ca.key"))
	if err != nil {
		return err
	}
	if block, _ = pem.Decode(raw); block == nil {
		return errors.New("ca.key is no PEM")
	}
	signer, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return err
	}
	// RSA: Azurite and Java tools read every RSA key.
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: argv[2]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, host := range argv[3:] {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(argv[1], argv[2]+".key"), key); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(argv[1], argv[2]+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// googleKey makes a service account's key: google-key PEM JSON TOKEN-URI.
func googleKey(argv []string) error {
	if len(argv) != 3 {
		return errors.New("google-key PEM JSON TOKEN-URI")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	if err := writePEM(argv[0], key); err != nil {
		return err
	}
	text, err := os.ReadFile(argv[0])
	if err != nil {
		return err
	}
	out, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "standin", "private_key_id": "standin", "private_key": string(text),
		"client_email": "backup@standin.iam.gserviceaccount.com", "client_id": "1", "token_uri": argv[2],
	})
	if err != nil {
		return err
	}
	return os.WriteFile(argv[1], out, 0o600)
}

func writePEM(path string, key any) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSpace(path), err)
	}
	return nil
}
