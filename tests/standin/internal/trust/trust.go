// Package trust answers which authorities the stand-in trusts, as a Java program would: the image's
// own, or, where JAVA_TOOL_OPTIONS names a trust store, only those in it.
//
// The properties are Java's own (javax.net.ssl.trustStore, trustStorePassword); that neo4j-admin
// reads them through its object-store clients is what the product relies on, not something that a
// stand-in can show.
package trust

import (
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// Property reads a -D property of JAVA_TOOL_OPTIONS.
func Property(name string) string {
	for _, word := range strings.Fields(os.Getenv("JAVA_TOOL_OPTIONS")) {
		if value, ok := strings.CutPrefix(word, "-D"+name+"="); ok {
			return value
		}
	}
	return ""
}

// Roots is the trusted authorities; nil means the system's.
func Roots() (*x509.CertPool, error) {
	path := Property("javax.net.ssl.trustStore")
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("trust store: %w", err)
	}
	certificates, err := pkcs12.DecodeTrustStore(raw, Property("javax.net.ssl.trustStorePassword"))
	if err != nil {
		return nil, fmt.Errorf("trust store %s: %w", path, err)
	}
	pool := x509.NewCertPool()
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	return pool, nil
}
