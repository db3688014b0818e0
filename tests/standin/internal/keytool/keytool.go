// Package keytool is the one call of Java's keytool that a rendered pod makes: importing a PEM
// certificate into a PKCS12 trust store.
package keytool

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

// Run imports a certificate. keytool ends with 1 on every error.
func Run(argv []string, stdout io.Writer) int {
	if err := importCertificate(argv, stdout); err != nil {
		// keytool writes its errors to standard output.
		fmt.Fprintf(stdout, "keytool error: java.lang.Exception: %v\n", err)
		return 1
	}
	return 0
}

func importCertificate(argv []string, stdout io.Writer) error {
	flags := map[string]string{}
	valued := map[string]bool{"-alias": true, "-file": true, "-keystore": true, "-storetype": true, "-storepass": true}
	for i := 0; i < len(argv); i++ {
		switch name := argv[i]; {
		case name == "-importcert" || name == "-noprompt" || name == "-trustcacerts":
			flags[name] = "yes"
		case valued[name] && i+1 < len(argv):
			i++
			flags[name] = argv[i]
		default:
			return fmt.Errorf("Illegal option:  %s", name)
		}
	}
	for _, name := range []string{"-importcert", "-noprompt", "-alias", "-file", "-keystore", "-storepass"} {
		if flags[name] == "" {
			return fmt.Errorf("the stand-in needs %s", name)
		}
	}
	if flags["-storetype"] != "PKCS12" {
		return fmt.Errorf("the stand-in writes PKCS12 only")
	}
	if len(flags["-storepass"]) < 6 {
		return fmt.Errorf("Keystore password must be at least 6 characters")
	}
	raw, err := os.ReadFile(flags["-file"])
	if err != nil {
		return err
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" {
		return fmt.Errorf("Input not an X.509 certificate")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return fmt.Errorf("Input not an X.509 certificate")
	}
	entries := []pkcs12.TrustStoreEntry{{Cert: certificate, FriendlyName: flags["-alias"]}}
	if old, err := os.ReadFile(flags["-keystore"]); err == nil {
		kept, err := pkcs12.DecodeTrustStore(old, flags["-storepass"])
		if err != nil {
			return fmt.Errorf("keystore password was incorrect")
		}
		for i, c := range kept {
			entries = append(entries, pkcs12.TrustStoreEntry{Cert: c, FriendlyName: fmt.Sprintf("kept-%d", i)})
		}
	}
	store, err := pkcs12.Modern.EncodeTrustStoreEntries(entries, flags["-storepass"])
	if err != nil {
		return err
	}
	if err := os.WriteFile(flags["-keystore"], store, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "Certificate was added to keystore")
	return nil
}
