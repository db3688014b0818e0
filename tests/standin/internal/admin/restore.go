package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"neo4j-backup.test/standin/internal/artifact"
	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/exit"
	"neo4j-backup.test/standin/internal/grammar"
)

// storeFile is what a restored database consists of here.
const storeFile = "neostore.standin"

// Store is what a restored database says of itself.
type Store struct {
	Database   string   `json:"database"`
	DatabaseID string   `json:"databaseId"`
	Last       uint64   `json:"last"` // last transaction applied
	From       []string `json:"from"` // artifacts, the full first
}

// restore is `database restore` (§1.2).
func (p *Program) restore(ctx context.Context, call *grammar.Call) error {
	paths := strings.Split(call.Value("--from-path"), ",")
	if len(paths) > 1 && len(call.Positionals) > 0 {
		return exit.Errorf(exit.Usage, "<database> can only be given with one artifact in --from-path\n%s", call.Command.Usage(p.Version))
	}
	for _, path := range paths {
		if err := p.restoreOne(ctx, call, path); err != nil {
			return err
		}
	}
	return nil
}

func (p *Program) restoreOne(ctx context.Context, call *grammar.Call, path string) error {
	dir, name := path, ""
	if strings.HasSuffix(path, artifact.Extension) {
		dir, name = blob.Split(path)
	} else if !p.Version.Has(grammar.Version{2025, 2}) {
		return exit.Errorf(exit.Failed, "--from-path must name a backup artifact: %s", path) // §1.2; wording not given
	}
	from, err := folder(ctx, dir)
	if err != nil {
		return err
	}
	files, err := load(ctx, from)
	if err != nil {
		return err
	}
	last, err := pick(call, files, name, path)
	if err != nil {
		return err
	}
	chain, broken := artifact.Chain(artifact.Of(files, last.Database), *last)
	if broken {
		// §2: the target artifact and all its ancestors in the same folder.
		return exit.Errorf(exit.Failed, "Cannot restore '%s': its backup chain is incomplete", last.Name)
	}
	chain, applied, err := until(call.Value("--restore-until"), chain)
	if err != nil {
		return err
	}
	database := last.Database
	if len(call.Positionals) > 0 {
		database = strings.ToLower(call.Positionals[0])
	}
	home := filepath.Join(p.Home, "data", "databases", database)
	if call.Set("--to-path-data") {
		home = filepath.Join(call.Value("--to-path-data"), database)
	}
	if inUse(home) {
		return exit.Errorf(exit.Failed, "The database is in use. Stop database '%s' and try again.", database) // pods.md §1
	}
	if _, err := os.Stat(filepath.Join(home, storeFile)); err == nil && !call.Bool("--overwrite-destination", false) {
		return exit.Errorf(exit.Failed, "Database with name [%s] already exists at %s", database, home) // §1.2; wording not given
	}
	base := dir
	staging, err := p.staging(call, base)
	if err != nil {
		return err
	}
	defer os.RemoveAll(staging)
	var names []string
	for _, member := range chain {
		if err := unpack(ctx, from, member, staging); err != nil {
			return err
		}
		names = append(names, member.Name)
	}
	store := Store{Database: database, DatabaseID: last.DatabaseID, Last: applied, From: names}
	if err := write(home, staging, names, store); err != nil {
		return err
	}
	transactions := filepath.Join(p.Home, "data", "transactions", database)
	if call.Set("--to-path-txn") {
		transactions = filepath.Join(call.Value("--to-path-txn"), database)
	}
	if err := os.MkdirAll(transactions, 0o755); err != nil {
		return err
	}
	if chain[0].Metadata != "none" && database != "system" {
		// §2 "Metadata": the script that the user runs afterwards.
		scripts := filepath.Join(p.Home, "data", "scripts", database)
		if err := os.MkdirAll(scripts, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(scripts, "restore_metadata.cypher"), []byte("// stand-in: no users, no roles\n"), 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.Out, "Restore of database '%s' completed successfully.\n", database) // §2, log lines
	return nil
}

// pick finds the artifact: the one named, or the newest of the only database, or of --source-database
// (§1.2).
func pick(call *grammar.Call, files []artifact.File, name, path string) (*artifact.File, error) {
	if name != "" {
		for i := range files {
			if files[i].Name == name {
				return &files[i], nil
			}
		}
		return nil, exit.Errorf(exit.Failed, "%s does not exist", path)
	}
	database := call.Value("--source-database")
	for _, file := range files {
		if database == "" {
			database = file.Database
		}
		if !call.Set("--source-database") && !strings.EqualFold(file.Database, database) {
			return nil, exit.Errorf(exit.Failed, "%s holds backups of several databases, --source-database says which", path)
		}
	}
	latest := artifact.Latest(artifact.Of(files, database))
	if latest == nil {
		return nil, exit.Errorf(exit.Failed, "No backup of '%s' in %s", database, path)
	}
	return latest, nil
}

// until cuts a chain at --restore-until: a transaction is exclusive, a moment means committed before
// (§1.2). Transactions are one a second here, so a moment is one too.
func until(text string, chain []artifact.File) ([]artifact.File, uint64, error) {
	end := uint64(0)
	for _, file := range chain {
		end = max(end, file.Highest)
	}
	if text == "" {
		return chain, end, nil
	}
	tx, moment, _ := grammar.RestoreUntil(text)
	kept := chain[:1]
	if moment.IsZero() {
		if tx <= chain[0].Highest {
			return nil, 0, exit.Errorf(exit.Failed, "Cannot restore until transaction %d: the full backup ends at %d", tx, chain[0].Highest)
		}
		for _, file := range chain[1:] {
			if file.Lowest < tx {
				kept = append(kept, file)
			}
		}
		return kept, min(end, tx-1), nil
	}
	if moment.Before(chain[0].Time.Truncate(1e9)) {
		return nil, 0, exit.Errorf(exit.Failed, "Cannot restore until %s: the full backup was taken later", text)
	}
	for _, file := range chain[1:] {
		kept = append(kept, file)
		if !file.Time.Before(moment) {
			break
		}
	}
	return kept, min(end, kept[len(kept)-1].Highest), nil
}

func write(home, staging string, names []string, store Store) error {
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		from, err := os.Open(filepath.Join(staging, name))
		if err != nil {
			return err
		}
		to, err := os.Create(filepath.Join(home, name+".store"))
		if err == nil {
			_, err = io.Copy(to, from)
			to.Close()
		}
		from.Close()
		if err != nil {
			return err
		}
	}
	text, err := json.Marshal(store)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(home, storeFile), text, 0o644)
}

// LockFile is what a server holds a lock on while it runs (pods.md §4: only Neo4j's file lock keeps
// two pods of one node apart).
const LockFile = "database_lock"

func inUse(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}
