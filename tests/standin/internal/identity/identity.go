// Package identity stands for the three places where pods trade what they have for a token: AWS STS
// (AssumeRoleWithWebIdentity), Microsoft Entra (client secret and workload identity) and Google's
// token endpoint (the key file's `token_uri`). Signatures, audiences and subjects are verified here;
// what a store does with the result is the store's matter (see tests/standin/README.md).
package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Server answers for all three.
type Server struct {
	Host string // as clients address it: host:port
	// JWKS is the file with the API server's keys (/openid/v1/jwks), read at every request.
	JWKS string
	// AccessKey and SecretKey are what the S3 server accepts for a role.
	AccessKey, SecretKey string
	// Tenant, Client and Secret are the one registered application of the Azure stand-in.
	Tenant, Client, Secret string
	// Google is the public key of the one service account.
	Google *rsa.PublicKey
	Log    func(format string, args ...any)
}

const (
	awsAudience   = "sts.amazonaws.com"          // the EKS webhook's
	azureAudience = "api://AzureADTokenExchange" // the Azure webhook's
)

// Handler is the routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", s.sts)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.azure)
	mux.HandleFunc("POST /google/token", s.google)
	return mux
}

// projected verifies a service-account token that the kubelet projected.
func (s *Server) projected(text, audience string) (subject string, err error) {
	raw, err := os.ReadFile(s.JWKS)
	if err != nil {
		return "", err
	}
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return "", err
	}
	token, err := jwt.Parse(text, func(t *jwt.Token) (any, error) {
		for _, key := range set.Keys {
			if key.Kid == t.Header["kid"] {
				n, err1 := base64.RawURLEncoding.DecodeString(key.N)
				e, err2 := base64.RawURLEncoding.DecodeString(key.E)
				return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, errors.Join(err1, err2)
			}
		}
		return nil, errors.New("no such key")
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(audience), jwt.WithExpirationRequired())
	if err != nil {
		return "", err
	}
	return token.Claims.GetSubject()
}

// sts answers AssumeRoleWithWebIdentity: a role named NAMESPACE.ACCOUNT trusts exactly
// system:serviceaccount:NAMESPACE:ACCOUNT. There is no session token in the answer, because the S3 server of
// the tests knows none: the credentials are a second user's lasting ones, which AWS never gives.
func (s *Server) sts(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, message string) {
		s.Log("sts refused: %s: %s", code, message)
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>`, code)
		_ = xml.EscapeText(w, []byte(message))
		fmt.Fprint(w, `</Message></Error><RequestId>standin</RequestId></ErrorResponse>`)
	}
	if action := r.FormValue("Action"); action != "AssumeRoleWithWebIdentity" {
		refuse("InvalidAction", "the stand-in does not know "+action)
		return
	}
	subject, err := s.projected(r.FormValue("WebIdentityToken"), awsAudience)
	if err != nil {
		refuse("InvalidIdentityToken", err.Error())
		return
	}
	role := r.FormValue("RoleArn")
	_, name, _ := strings.Cut(role, ":role/")
	namespace, account, _ := strings.Cut(name, ".")
	if subject != "system:serviceaccount:"+namespace+":"+account {
		refuse("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
		return
	}
	s.Log("sts: %s became %s", subject, role)
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>`+
		`<SubjectFromWebIdentityToken>%s</SubjectFromWebIdentityToken><Audience>%s</Audience>`+
		`<AssumedRoleUser><Arn>%s</Arn><AssumedRoleId>STANDIN:session</AssumedRoleId></AssumedRoleUser>`+
		`<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><Expiration>%s</Expiration></Credentials>`+
		`</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>standin</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`,
		subject, awsAudience, role, s.AccessKey, s.SecretKey, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	base := "https://" + s.Host + "/" + r.PathValue("tenant")
	reply(w, http.StatusOK, map[string]any{
		"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize", "jwks_uri": base + "/discovery/v2.0/keys",
	})
}

// azure: the client-credentials grant with the secret of the application, or with a projected token
// of any service account of the cluster.
func (s *Server) azure(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, message string) {
		s.Log("entra refused: %s", message)
		reply(w, http.StatusUnauthorized, map[string]any{"error": code, "error_description": message})
	}
	if r.PathValue("tenant") != s.Tenant || r.FormValue("client_id") != s.Client {
		refuse("unauthorized_client", "AADSTS700016: Application with identifier '"+r.FormValue("client_id")+"' was not found in the directory")
		return
	}
	who := "client secret"
	if assertion := r.FormValue("client_assertion"); assertion != "" {
		subject, err := s.projected(assertion, azureAudience)
		if err != nil {
			refuse("invalid_client", "AADSTS70021: No matching federated identity record found: "+err.Error())
			return
		}
		who = subject
	} else if r.FormValue("client_secret") != s.Secret {
		refuse("invalid_client", "AADSTS7000215: Invalid client secret provided.")
		return
	}
	now := time.Now()
	// Azurite's `--oauth basic` looks at these claims and at no signature.
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "https://sts.windows.net/" + s.Tenant + "/", "aud": "https://storage.azure.com", "sub": s.Client,
		"tid": s.Tenant, "ver": "1.0", "iat": now.Unix() - 60, "nbf": now.Unix() - 60, "exp": now.Add(time.Hour).Unix(),
	})
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	text, err := token.SignedString(secret)
	if err != nil {
		refuse("server_error", err.Error())
		return
	}
	s.Log("entra: a token for %s", who)
	reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": text})
}

// google: the JWT that the key file's private key signed.
func (s *Server) google(w http.ResponseWriter, r *http.Request) {
	_, err := jwt.Parse(r.FormValue("assertion"), func(*jwt.Token) (any, error) { return s.Google, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired())
	if err != nil {
		s.Log("google refused: %v", err)
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
		return
	}
	s.Log("google: a token")
	reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": "standin"})
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
