package keytool

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"neo4j-backup.test/standin/internal/trust"
)

func TestAnImportedAuthorityIsTrustedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file, store := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "store.p12")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	arguments := func(file, password string) []string {
		return []string{"-importcert", "-noprompt", "-alias", "a", "-file", file, "-keystore", store, "-storetype", "PKCS12", "-storepass", password}
	}
	var out bytes.Buffer
	if code := Run(arguments(file, "changeit"), &out); code != 0 {
		t.Fatal(out.String())
	}
	t.Setenv("JAVA_TOOL_OPTIONS", "-Daws.s3.forcePathStyle=true -Djavax.net.ssl.trustStore="+store+" -Djavax.net.ssl.trustStorePassword=changeit")
	roots, err := trust.Roots()
	if err != nil {
		t.Fatal(err)
	}
	expected := x509.NewCertPool()
	certificate, _ := x509.ParseCertificate(der)
	expected.AddCert(certificate)
	if !roots.Equal(expected) {
		t.Fatal("other roots than the imported one")
	}
	for _, bad := range [][]string{arguments(store, "changeit"), arguments(file, "wrong-password"), arguments(filepath.Join(dir, "none"), "changeit"), {"-bogus"}} {
		if code := Run(bad, &out); code != 1 {
			t.Fatalf("%v ended with %d", bad, code)
		}
	}
}
