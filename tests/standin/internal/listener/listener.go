// Package listener is the backup port of a Neo4j server (6362, neo4j-admin.md §5) as far as the
// stand-in needs one: it must be reachable, it asks for no user and no password, with a TLS policy it
// asks for a certificate, and it gives out databases whose transactions grow by one a second.
//
// The protocol is the stand-in's own: one JSON line there, one JSON line and then bytes back.
package listener

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Epoch is when the first transaction of every database was; all servers of a cluster agree on it.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Request asks for the names that fit patterns, or for the data of one database.
type Request struct {
	Operation string   `json:"operation"` // "databases" or "copy"
	Patterns  []string `json:"patterns,omitempty"`
	Database  string   `json:"database,omitempty"`
	From      uint64   `json:"from,omitempty"` // first transaction wanted; 0 is the whole store
}

// Database is one database of the server.
type Database struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// Answer comes before the data. Pruned: the transactions asked for are no longer in the logs.
type Answer struct {
	Error     string     `json:"error,omitempty"`
	Pruned    bool       `json:"pruned,omitempty"`
	Databases []Database `json:"databases,omitempty"`
	ID        string     `json:"id,omitempty"`
	Lowest    uint64     `json:"lowest,omitempty"`
	Highest   uint64     `json:"highest,omitempty"`
	Bytes     int64      `json:"bytes,omitempty"`
}

// Server is a listener with its databases; each setting is an environment variable of its pod.
type Server struct {
	Databases  []string      // STANDIN_DATABASES, comma list; default "neo4j,system"
	Idle       []string      // STANDIN_IDLE, databases whose transactions do not grow
	StoreBytes int64         // STANDIN_STORE_BYTES of each store; default 64 KiB
	Delay      time.Duration // STANDIN_DELAY before the data of each database ends: a slow server
	Retention  time.Duration // STANDIN_TX_RETENTION; older transactions are pruned; 0 keeps all
	TLS        *tls.Config   // STANDIN_TLS_DIR with private.key, public.crt and trusted/
	Now        func() time.Time
}

// FromEnvironment reads the settings.
func FromEnvironment() (*Server, error) {
	s := &Server{Databases: []string{"neo4j", "system"}, StoreBytes: 64 << 10, Now: time.Now}
	if text := os.Getenv("STANDIN_DATABASES"); text != "" {
		s.Databases = strings.Split(text, ",")
	}
	if text := os.Getenv("STANDIN_IDLE"); text != "" {
		s.Idle = strings.Split(text, ",")
	}
	if text := os.Getenv("STANDIN_STORE_BYTES"); text != "" {
		if _, err := fmt.Sscan(text, &s.StoreBytes); err != nil {
			return nil, fmt.Errorf("STANDIN_STORE_BYTES: %w", err)
		}
	}
	for name, to := range map[string]*time.Duration{"STANDIN_DELAY": &s.Delay, "STANDIN_TX_RETENTION": &s.Retention} {
		if text := os.Getenv(name); text != "" {
			d, err := time.ParseDuration(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			*to = d
		}
	}
	if dir := os.Getenv("STANDIN_TLS_DIR"); dir != "" {
		policy := Policy{PrivateKey: filepath.Join(dir, "private.key"), Certificate: filepath.Join(dir, "public.crt"), Trusted: filepath.Join(dir, "trusted")}
		config, err := policy.Load()
		if err != nil {
			return nil, err
		}
		// client_auth defaults to REQUIRE (neo4j-admin.md §5, TLS).
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, config.RootCAs
		s.TLS = config
	}
	return s, nil
}

// Policy is the files of a dbms.ssl.policy.backup (neo4j-admin.md §5, TLS).
type Policy struct{ PrivateKey, Certificate, Trusted string }

// Load reads them. Names are not verified, as Neo4j does by default for the backup policy.
func (p Policy) Load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(p.Certificate, p.PrivateKey)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	files, err := os.ReadDir(p.Trusted)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if file.IsDir() || strings.HasPrefix(file.Name(), "..") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(p.Trusted, file.Name()))
		if err != nil {
			return nil, err
		}
		pool.AppendCertsFromPEM(raw)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, RootCAs: pool, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("the other side shows no certificate")
			}
			options := x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		},
	}, nil
}

// Serve answers until the listener is closed.
func (s *Server) Serve(l net.Listener) error {
	if s.TLS != nil {
		l = tls.NewListener(l, s.TLS)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			if err := s.answer(c); err != nil {
				fmt.Fprintf(os.Stderr, "backup request from %s: %v\n", c.RemoteAddr(), err)
			}
		}()
	}
}

func (s *Server) answer(c net.Conn) error {
	line, err := bufio.NewReader(c).ReadBytes('\n')
	if err != nil {
		return err
	}
	var request Request
	if err := json.Unmarshal(line, &request); err != nil {
		return err
	}
	reply := json.NewEncoder(c)
	if request.Operation == "databases" {
		var found []Database
		for _, name := range s.Databases {
			if matches(request.Patterns, name) {
				found = append(found, Database{Name: name, ID: ID(name)})
			}
		}
		return reply.Encode(Answer{Databases: found})
	}
	if !matches(s.Databases, request.Database) {
		return reply.Encode(Answer{Error: "Database '" + request.Database + "' does not exist"})
	}
	last := s.Last(request.Database)
	answer := Answer{ID: ID(request.Database), Lowest: 1, Highest: last, Bytes: s.StoreBytes}
	if request.From > 0 {
		answer.Lowest = request.From
		if s.Retention > 0 && request.From+uint64(s.Retention/time.Second) < last {
			return reply.Encode(Answer{Pruned: true})
		}
		if request.From > last {
			answer.Lowest, answer.Highest = 0, 0 // nothing new: an empty differential (§2)
		}
		answer.Bytes = 64 * int64(answer.Highest-answer.Lowest+1)
	}
	if err := reply.Encode(answer); err != nil {
		return err
	}
	half := answer.Bytes / 2
	if err := data(c, request.Database, half); err != nil {
		return err
	}
	time.Sleep(s.Delay)
	return data(c, request.Database, answer.Bytes-half)
}

// Last is the newest transaction of a database.
func (s *Server) Last(name string) uint64 {
	for _, idle := range s.Idle {
		if strings.EqualFold(idle, name) {
			return 5
		}
	}
	return uint64(s.Now().Sub(Epoch)/time.Second) + 1
}

// data is n bytes that do not compress.
func data(w io.Writer, name string, n int64) error {
	var seed [32]byte
	copy(seed[:], name)
	binary.BigEndian.PutUint64(seed[24:], uint64(time.Now().UnixNano()))
	_, err := io.CopyN(w, rand.NewChaCha8(seed), n)
	return err
}

// ID is a database's identity, the same on every server.
func ID(name string) string {
	sum := sha256.Sum256([]byte("standin database " + name))
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// matches: names or globs with * and ? (neo4j-admin.md §1.1).
func matches(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); err == nil && ok {
			return true
		}
	}
	return false
}
