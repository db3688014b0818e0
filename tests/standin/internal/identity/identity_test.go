package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type bench struct {
	t     *testing.T
	key   *rsa.PrivateKey
	front *httptest.Server
}

func newBench(t *testing.T) bench {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	keys := map[string]any{"keys": []any{map[string]string{"kid": "one", "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}}}
	raw, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	server := Server{Host: "standin", JWKS: file, AccessKey: "AK", SecretKey: "SK", Tenant: "tenant", Client: "client", Secret: "secret", Google: &key.PublicKey, Log: t.Logf}
	front := httptest.NewServer(server.Handler())
	t.Cleanup(front.Close)
	return bench{t, key, front}
}

func (b bench) token(signer *rsa.PrivateKey, audience, subject string, expiry time.Time) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"aud": []string{audience}, "sub": subject, "exp": expiry.Unix()})
	token.Header["kid"] = "one"
	text, err := token.SignedString(signer)
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

func (b bench) post(path string, form url.Values) (int, string) {
	reply, err := http.PostForm(b.front.URL+path, form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply.StatusCode, string(body)
}

func TestARoleIsGivenToItsAccountAlone(t *testing.T) {
	b := newBench(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	const mine = "system:serviceaccount:ns:backup"
	cases := []struct {
		token, role string
		status      int
		message     string
	}{
		{b.token(b.key, awsAudience, mine, later), "ns.backup", 200, "<AccessKeyId>AK</AccessKeyId>"},
		{b.token(b.key, awsAudience, mine, later), "other.backup", 403, "AccessDenied"},
		{b.token(b.key, azureAudience, mine, later), "ns.backup", 403, "InvalidIdentityToken"},
		{b.token(b.key, awsAudience, mine, time.Now().Add(-time.Minute)), "ns.backup", 403, "InvalidIdentityToken"},
		{b.token(other, awsAudience, mine, later), "ns.backup", 403, "InvalidIdentityToken"},
		{"", "ns.backup", 403, "InvalidIdentityToken"},
	}
	for i, c := range cases {
		status, body := b.post("/", url.Values{"Action": {"AssumeRoleWithWebIdentity"}, "RoleArn": {"arn:aws:iam::1:role/" + c.role}, "WebIdentityToken": {c.token}})
		if status != c.status || !strings.Contains(body, c.message) {
			t.Errorf("case %d: %d %s", i, status, body)
		}
	}
}

func TestAzureAndGoogle(t *testing.T) {
	b := newBench(t)
	later := time.Now().Add(time.Hour)
	entra := func(client, secret, assertion string) int {
		status, _ := b.post("/tenant/oauth2/v2.0/token", url.Values{"client_id": {client}, "client_secret": {secret}, "client_assertion": {assertion}})
		return status
	}
	projected := b.token(b.key, azureAudience, "system:serviceaccount:ns:backup", later)
	for want, got := range map[string]int{
		"200 secret":    entra("client", "secret", ""),
		"200 token":     entra("client", "", projected),
		"401 secret":    entra("client", "wrong", ""),
		"401 client":    entra("other", "secret", ""),
		"401 audience":  entra("client", "", b.token(b.key, awsAudience, "x", later)),
		"401 no secret": entra("client", "", ""),
	} {
		if http.StatusText(got) == "" || !strings.HasPrefix(want, map[bool]string{true: "200", false: "401"}[got == 200]) {
			t.Errorf("%s: %d", want, got)
		}
	}
	if status, _ := b.post("/google/token", url.Values{"assertion": {b.token(b.key, "x", "y", later)}}); status != 200 {
		t.Error(status)
	}
	if status, _ := b.post("/google/token", url.Values{"assertion": {"none"}}); status != 400 {
		t.Error(status)
	}
}
