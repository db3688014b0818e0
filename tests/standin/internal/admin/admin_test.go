package admin

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"neo4j-backup.test/standin/internal/grammar"
	"neo4j-backup.test/standin/internal/listener"
)

// world is a server, a folder for artifacts, a home and a clock of its own.
type world struct {
	t       *testing.T
	server  *listener.Server
	address string
	dir     string
	clock   time.Time
	version string
}

func newWorld(t *testing.T) *world {
	t.Setenv("TZ", "UTC")
	t.Setenv("JAVA_TOOL_OPTIONS", "")
	w := &world{t: t, dir: t.TempDir(), clock: time.Date(2026, 6, 1, 2, 0, 0, 0, time.UTC), version: "5.26.33"}
	w.server = &listener.Server{Databases: []string{"neo4j", "system"}, StoreBytes: 4096, Now: func() time.Time { return w.clock }}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { _ = w.server.Serve(l) }()
	w.address = l.Addr().String()
	for _, name := range []string{"b", "temp", "report", "home/data", "home/logs"} {
		if err := os.MkdirAll(w.at(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) at(name string) string { return filepath.Join(w.dir, name) }

// run replaces FROM and DIR, and moves the clock by a minute first.
func (w *world) run(args ...string) (int, string) {
	w.clock = w.clock.Add(time.Minute)
	for i := range args {
		args[i] = strings.NewReplacer("FROM", w.address, "DIR", w.dir).Replace(args[i])
	}
	version, err := grammar.ParseVersion(w.version)
	if err != nil {
		w.t.Fatal(err)
	}
	var out bytes.Buffer
	p := Program{Version: version, Home: w.at("home"), Out: &out, Err: &out, Now: func() time.Time { return w.clock }}
	code := p.Run(context.Background(), args)
	return code, out.String()
}

func (w *world) expect(code int, message string, args ...string) string {
	w.t.Helper()
	got, out := w.run(args...)
	if got != code || !strings.Contains(out, message) {
		w.t.Fatalf("%v ended with %d and not %d, or does not say %q:\n%s", args, got, code, message, out)
	}
	return out
}

func (w *world) backup(kind string) string {
	w.t.Helper()
	return w.expect(0, "Finished artifact creation", "database", "backup", "--from=FROM", "--to-path=DIR/b", "--temp-path=DIR/temp", "--type="+kind, "neo4j")
}

func (w *world) check(code int, message string) {
	w.t.Helper()
	w.expect(code, message, "database", "check", "--from-path=DIR/b/", "--temp-path=DIR/temp", "--report-path=DIR/report", "neo4j")
}

func (w *world) artifacts() []string {
	names, err := filepath.Glob(w.at("b/*.backup"))
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

func (w *world) damage(path string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func TestAChainOfThree(t *testing.T) {
	w := newWorld(t)
	w.expect(1, "Differential backups require that a full backup of the same database exists", "database", "backup", "--from=FROM", "--to-path=DIR/b", "--type=DIFF", "neo4j")
	w.backup("AUTO")
	w.backup("DIFF")
	w.backup("AUTO")
	if names := w.artifacts(); len(names) != 3 || filepath.Base(names[0]) != "neo4j-2026-06-01T02-02-00.backup" {
		t.Fatal(names)
	}
	w.backup("FULL")
	table := w.expect(0, "| HIGHEST TX |", "backup", "inspect", "--show-metadata", w.at("b")+"/")
	if strings.Count(table, "file://") != 4 || strings.Count(table, " false |") != 2 {
		t.Fatal(table)
	}
	w.check(0, "1 artifacts, no inconsistencies")
	if entries, _ := os.ReadDir(w.at("temp")); len(entries) != 0 {
		t.Fatal("the staging folder was left behind")
	}
}

func TestDamageIsFoundByTheCheckAndNotByTheInspection(t *testing.T) {
	w := newWorld(t)
	w.backup("FULL")
	w.backup("DIFF")
	w.damage(w.artifacts()[0])
	w.check(1, "Inconsistencies found. See '")
	if reports, _ := filepath.Glob(w.at("report/inconsistencies-*.report")); len(reports) != 1 {
		t.Fatal(reports)
	}
	w.expect(0, "file://", "backup", "inspect", "--latest-chain", "DIR/b/")
	w.expect(1, "the checksum does not fit", "database", "restore", "--from-path="+w.artifacts()[1], "--temp-path=DIR/temp")
}

func TestAChainWithoutItsFullIsRefused(t *testing.T) {
	w := newWorld(t)
	w.backup("FULL")
	w.backup("DIFF")
	if err := os.Remove(w.artifacts()[0]); err != nil {
		t.Fatal(err)
	}
	w.check(1, "aggregate the backup chain first")
	w.expect(1, "incomplete", "backup", "inspect", "--latest-chain", "DIR/b/")
}

func TestPlacesThatDoNotFit(t *testing.T) {
	w := newWorld(t)
	backup := func(code int, message string, args ...string) {
		t.Helper()
		w.expect(code, message, append([]string{"database", "backup", "--from=FROM"}, args...)...)
	}
	backup(1, "The path 's3://b/x' is not a directory - please add a terminal '/' to your path", "--to-path=s3://b/x", "neo4j")
	backup(1, "none is not an existing directory", "--to-path=DIR/none", "neo4j")
	backup(1, "Storage staging path does not exist", "--to-path=DIR/b", "--temp-path=DIR/none", "neo4j")
	backup(1, "Storage staging path is not empty", "--to-path=DIR/b", "--temp-path=DIR/home", "neo4j")
	backup(1, "none does not exist", "--to-path=DIR/b", "--additional-config=DIR/none", "neo4j")
	w.expect(70, "Could not find a valid database, or dump named 'x' to check at path", "database", "check", "--from-path=DIR/b/", "--temp-path=DIR/temp", "x")
	w.expect(64, "is not a database name", "database", "check", "--from-path=DIR/b/", "*")
	t.Setenv("TMPDIR", w.at("none"))
	backup(1, "JNA temporary directory", "--to-path=DIR/b", "neo4j")
}

func TestServers(t *testing.T) {
	w := newWorld(t)
	away := "--from=127.0.0.1:1,FROM"
	w.expect(1, "Unable to connect to 127.0.0.1:1", "database", "backup", "--from=127.0.0.1:1", "--to-path=DIR/b", "neo4j")
	w.expect(0, "Backup command completed", "database", "backup", away, "--to-path=DIR/b", "neo4j")
	// §1.1: artifacts are there, and the code is 1.
	w.expect(1, "Unable to connect to 127.0.0.1:1", "database", "backup", away, "--to-path=DIR/b", "*")
	if len(w.artifacts()) != 3 {
		t.Fatal(w.artifacts())
	}
	w.expect(1, "Database 'nope' does not exist", "database", "backup", "--from=FROM", "--to-path=DIR/b", "nope")
}

func TestPrunedTransactions(t *testing.T) {
	w := newWorld(t)
	w.backup("FULL")
	w.server.Retention = 10 * time.Second
	w.expect(1, "pruned", "database", "backup", "--from=FROM", "--to-path=DIR/b", "--type=DIFF", "neo4j")
	if out := w.backup("AUTO"); !strings.Contains(out, "Falling back to full backup of database 'neo4j'.") {
		t.Fatal(out)
	}
}

func TestAnEmptyDifferentialIsHidden(t *testing.T) {
	w := newWorld(t)
	w.server.Idle = []string{"neo4j"}
	w.backup("FULL")
	w.backup("DIFF")
	if out := w.expect(0, "", "backup", "inspect", "DIR/b/"); strings.Count(out, "file://") != 1 {
		t.Fatal(out)
	}
	if out := w.expect(0, "", "backup", "inspect", "--empty", "DIR/b/"); strings.Count(out, "file://") != 2 {
		t.Fatal(out)
	}
}

func TestRestore(t *testing.T) {
	w := newWorld(t)
	w.backup("FULL")
	w.backup("DIFF")
	last := w.artifacts()[1]
	w.expect(1, "--from-path must name a backup artifact", "database", "restore", "--from-path=DIR/b/", "neo4j")
	w.expect(0, "completed successfully", "database", "restore", "--from-path="+last, "--temp-path=DIR/temp", "neo4j")
	w.expect(1, "already exists", "database", "restore", "--from-path="+last, "--temp-path=DIR/temp", "neo4j")
	w.expect(0, "completed successfully", "database", "restore", "--from-path="+last, "--temp-path=DIR/temp", "--overwrite-destination=true", "neo4j")
	if _, err := os.Stat(w.at("home/data/scripts/neo4j/restore_metadata.cypher")); err != nil {
		t.Fatal(err)
	}
	w.version = "2025.02.0"
	w.expect(0, "completed successfully", "database", "restore", "--from-path=DIR/b/", "--temp-path=DIR/temp", "copy")
	w.expect(0, "no inconsistencies", "database", "check", "copy")
}

func TestAggregation(t *testing.T) {
	w := newWorld(t)
	w.backup("FULL")
	w.backup("DIFF")
	w.expect(0, "Successfully aggregated backup chain of database 'neo4j'", "database", "aggregate-backup", "--from-path=DIR/b/", "--temp-path=DIR/temp", "neo4j")
	if len(w.artifacts()) != 1 {
		t.Fatal(w.artifacts())
	}
	w.check(0, "no inconsistencies")
}
