package admin

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"neo4j-backup.test/standin/internal/artifact"
	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/exit"
	"neo4j-backup.test/standin/internal/grammar"
	"neo4j-backup.test/standin/internal/listener"
)

// errPruned: the transactions a differential needs are gone from the server's logs (§2 "AUTO falls
// back").
var errPruned = errors.New("the transaction logs needed for a differential backup were pruned")

// backup is `database backup` (§1.1).
func (p *Program) backup(ctx context.Context, call *grammar.Call) error {
	where := call.Value("--to-path")
	to, err := folder(ctx, where)
	if err != nil {
		return err
	}
	staging, err := p.staging(call, where)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil || !call.Bool("--keep-failed", false) {
			_ = os.RemoveAll(staging)
		}
	}()
	policy, err := backupPolicy(call.Value("--additional-config"))
	if err != nil {
		return err
	}
	patterns := call.Positionals
	if len(patterns) == 0 {
		patterns = []string{"neo4j"} // §1.1, default
	}
	sources, problems, err := sources(servers(call, policy), patterns)
	if err != nil {
		return err
	}
	existing, err := load(ctx, to)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if failure := p.one(ctx, call, source, existing, to, staging); failure != nil {
			_, message := describe(failure)
			problems = append(problems, fmt.Sprintf("Backup of database '%s' failed: %s", source.database.Name, message))
		}
	}
	if len(problems) > 0 {
		// §1.1: 1 is "failed" or "succeeded with problems", for one or for many databases.
		err = exit.Errorf(exit.Failed, "%s", strings.Join(problems, "\n"))
		return err
	}
	fmt.Fprintln(p.Out, "Backup command completed") // §2, log lines
	return nil
}

type source struct {
	client   listener.Client
	database listener.Database
}

func servers(call *grammar.Call, policy *tls.Config) []listener.Client {
	var all []listener.Client
	for _, value := range call.Values["--from"] {
		for _, address := range strings.Split(value, ",") {
			all = append(all, listener.NewClient(address, policy))
		}
	}
	if len(all) == 0 {
		all = append(all, listener.NewClient("localhost", policy))
	}
	return all
}

// sources decides which server gives which database: servers are tried in order for a name; with a
// pattern each contributes what it has, and one that is away is a problem though the others answer
// (§1.1 `--from` and "Exit", §5 "Sources").
func sources(clients []listener.Client, patterns []string) (found []source, problems []string, err error) {
	seen := map[string]bool{}
	pattern := strings.ContainsAny(strings.Join(patterns, ""), "*?")
	var last error
	reached := false
	for _, client := range clients {
		names, err := client.Names(patterns)
		if err != nil {
			last = err
			problems = append(problems, err.Error())
			continue
		}
		reached = true
		for _, name := range names {
			if !seen[name.Name] {
				seen[name.Name] = true
				found = append(found, source{client, name})
			}
		}
		if !pattern && len(seen) == len(patterns) {
			// The servers before this one were only tried.
			return found, nil, nil
		}
	}
	if !reached {
		return nil, nil, exit.Errorf(exit.Failed, "%v", errors.Join(errorsOf(problems)...))
	}
	for _, name := range patterns {
		if !strings.ContainsAny(name, "*?") && !seen[name] {
			problems = append(problems, fmt.Sprintf("Database '%s' does not exist", name)) // wording not given
		}
	}
	if len(found) == 0 && len(problems) == 0 {
		problems = append(problems, "No database matches "+strings.Join(patterns, " "))
	}
	_ = last
	return found, problems, nil
}

func errorsOf(texts []string) (all []error) {
	for _, text := range texts {
		all = append(all, errors.New(text))
	}
	return all
}

// one backs up one database.
func (p *Program) one(ctx context.Context, call *grammar.Call, from source, existing []artifact.File, to blob.Folder, staging string) error {
	name := from.database.Name
	var own []artifact.File
	for _, file := range artifact.Of(existing, name) {
		if file.DatabaseID == from.database.ID {
			own = append(own, file)
		}
	}
	kind := strings.ToUpper(call.Value("--type"))
	if kind == "" {
		kind = "AUTO" // §1.1, default
	}
	parent := artifact.Parent(own, call.Bool("--prefer-diff-as-parent", false))
	if kind == "DIFF" && parent == nil {
		return exit.Errorf(exit.Failed, "Differential backups require that a full backup of the same database exists in the folder defined in --to-path.") // §2
	}
	if kind != "FULL" && parent != nil {
		err := p.take(ctx, call, from, parent, to, staging)
		if !errors.Is(err, errPruned) || kind == "DIFF" {
			return err
		}
		fmt.Fprintf(p.Out, "Differential backup of database '%s' failed. Reason: %v\n", name, err)
		fmt.Fprintf(p.Out, "Falling back to full backup of database '%s'.\n", name)
	}
	return p.take(ctx, call, from, nil, to, staging)
}

// take writes one artifact: the whole store into the staging folder first (§1.1 `--temp-path`), then
// under its name where it belongs.
func (p *Program) take(ctx context.Context, call *grammar.Call, from source, parent *artifact.File, to blob.Folder, staging string) error {
	name, now, began := from.database.Name, p.Now(), p.Now()
	first, word := uint64(0), "full"
	if parent != nil {
		first, word = parent.Highest+1, "differential"
	}
	fmt.Fprintf(p.Out, "Start %s backup of database '%s'.\n", word, name)
	answer, body, err := from.client.Copy(name, first)
	if err != nil {
		return err
	}
	defer body.Close()
	if answer.Pruned {
		return errPruned
	}
	metadata := strings.ToLower(call.Value("--include-metadata"))
	if metadata == "" {
		metadata = "all"
	}
	h := artifact.Header{
		Database: name, DatabaseID: answer.ID, Time: now.UTC(), Full: parent == nil,
		Compressed: call.Bool("--compress", true), Recovered: !call.Bool("--skip-recovery", false),
		Lowest: answer.Lowest, Highest: answer.Highest, Metadata: metadata,
	}
	if parent != nil {
		h.Parent = parent.Name
	}
	payload, err := os.Create(filepath.Join(staging, name+".payload"))
	if err != nil {
		return err
	}
	defer discard(payload)
	sum := sha256.New()
	counted := &counter{w: io.MultiWriter(payload, sum)}
	var got int64
	if h.Compressed {
		z := gzip.NewWriter(counted)
		if got, err = io.Copy(z, body); err == nil {
			err = z.Close()
		}
	} else {
		got, err = io.Copy(counted, body)
	}
	if err != nil {
		return err
	}
	if got != answer.Bytes {
		return exit.Errorf(exit.Failed, "Connection closed by %s after %d of %d bytes", from.client.Address, got, answer.Bytes)
	}
	fmt.Fprintf(p.Out, "Finished %s backup of database '%s'. Downloaded from tx %d to tx %d.\n", word, name, int64(first)-1, answer.Highest)
	h.SHA256, h.Bytes = hex.EncodeToString(sum.Sum(nil)), counted.n
	return p.publish(ctx, h, payload, to, staging, began.UnixMilli())
}

func (p *Program) publish(ctx context.Context, h artifact.Header, payload *os.File, to blob.Folder, staging string, began int64) error {
	whole, err := os.Create(filepath.Join(staging, h.Database+".artifact"))
	if err != nil {
		return err
	}
	defer discard(whole)
	if _, err := whole.Write(h.Encode()); err != nil {
		return err
	}
	if _, err := payload.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(whole, payload); err != nil {
		return err
	}
	if _, err := whole.Seek(0, io.SeekStart); err != nil {
		return err
	}
	name := artifact.Name(h.Database, h.Time)
	if err := to.Put(ctx, name, whole); err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "Finished artifact creation '%s' for database '%s', took %dms.\n", name, h.Database, p.Now().UnixMilli()-began)
	return nil
}

func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// backupPolicy reads the client's side of dbms.ssl.policy.backup from --additional-config (§5, TLS).
func backupPolicy(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const prefix = "dbms.ssl.policy.backup."
	settings := map[string]string{
		"base_directory": "certificates/backup", "private_key": "private.key", "public_certificate": "public.crt", "trusted_dir": "trusted",
	}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, exit.Errorf(exit.Failed, "Failed to read config %s: %s", file, line) // pods.md §1
		}
		if own, is := strings.CutPrefix(name, prefix); is {
			settings[own] = value
		}
	}
	if settings["enabled"] != "true" {
		return nil, nil
	}
	at := func(name string) string {
		if filepath.IsAbs(settings[name]) {
			return settings[name]
		}
		return filepath.Join(settings["base_directory"], settings[name])
	}
	config, err := listener.Policy{PrivateKey: at("private_key"), Certificate: at("public_certificate"), Trusted: at("trusted_dir")}.Load()
	if err != nil {
		return nil, exit.Errorf(exit.Failed, "Failed to load the SSL policy 'backup': %v", err)
	}
	return config, nil
}
