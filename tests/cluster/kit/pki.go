package kit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// makeKeys writes pki/ca.crt, the API server's pki/server.crt and server.key, and the key pki/accounts.key that signs
// tokens of service accounts. They last a day.
func (s *State) makeKeys() error {
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	from := time.Now().Add(-time.Hour)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: s.Name}, NotBefore: from, NotAfter: from.Add(25 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, authority.Public(), authority)
	if err != nil {
		return err
	}
	server, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "kube-apiserver"}, NotBefore: from, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.ParseIP(NodeAddress), net.ParseIP("127.0.0.1"), net.ParseIP("10.96.0.1")},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, server.Public(), authority)
	if err != nil {
		return err
	}
	accounts, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	for name, block := range map[string]func() (*pem.Block, error){
		"pki/ca.crt":       func() (*pem.Block, error) { return &pem.Block{Type: "CERTIFICATE", Bytes: rootDER}, nil },
		"pki/server.crt":   func() (*pem.Block, error) { return &pem.Block{Type: "CERTIFICATE", Bytes: leafDER}, nil },
		"pki/server.key":   private(server),
		"pki/accounts.key": private(accounts),
	} {
		made, err := block()
		if err != nil {
			return err
		}
		if _, err := s.Write(name, string(pem.EncodeToMemory(made))); err != nil {
			return err
		}
	}
	return nil
}

func private(key crypto.PrivateKey) func() (*pem.Block, error) {
	return func() (*pem.Block, error) {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return &pem.Block{Type: "PRIVATE KEY", Bytes: der}, err
	}
}

// user is somebody that the API server knows by a token.
type user struct {
	name, groups, token string
}

func newUser(name, groups string) (user, error) {
	bytes := make([]byte, 16)
	_, err := rand.Read(bytes)
	return user{name: name, groups: groups, token: hex.EncodeToString(bytes)}, err
}

// writeKubeconfig writes the file with which a user reaches the API server.
func (s *State) writeKubeconfig(file string, who user) (string, error) {
	authority, err := os.ReadFile(s.Path("pki", "ca.crt"))
	if err != nil {
		return "", err
	}
	return s.Write(file, fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: testcluster
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: %s
  user:
    token: %s
contexts:
- name: testcluster
  context:
    cluster: testcluster
    user: %s
current-context: testcluster
`, Server, base64.StdEncoding.EncodeToString(authority), who.name, who.token, who.name))
}
