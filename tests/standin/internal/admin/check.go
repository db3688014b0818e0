package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"neo4j-backup.test/standin/internal/artifact"
	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/exit"
	"neo4j-backup.test/standin/internal/grammar"
)

// check is `database check` (§1.6) of the newest chain of a folder; from 2025.09 also of one file.
// "Inconsistent" means here that a checksum does not fit.
func (p *Program) check(ctx context.Context, call *grammar.Call) error {
	database := call.Positionals[0]
	if strings.ContainsAny(database, "*?") {
		// §1.6: exactly one name, no glob.
		return exit.Errorf(exit.Usage, "Invalid value for positional parameter at index 0 (<database>): '%s' is not a database name\n%s", database, call.Command.Usage(p.Version))
	}
	where := call.Value("--from-path")
	if where == "" {
		return p.checkStore(database)
	}
	nothing := exit.Errorf(exit.Unhandled, "Could not find a valid database, or dump named '%s' to check at path: '%s'", database, where) // pods.md §1
	file := ""
	if strings.HasSuffix(where, artifact.Extension) {
		if !p.Version.Has(grammar.Version{2025, 9}) {
			return nothing // §1.6: directory only until 2025.09; the code is not given
		}
		where, file = blob.Split(where)
	}
	from, err := folder(ctx, where)
	if err != nil {
		if blob.IsURI(where) {
			return err
		}
		return nothing
	}
	files, err := load(ctx, from)
	if err != nil {
		return err
	}
	own := artifact.Of(files, database)
	last := artifact.Latest(own)
	for i := range own {
		if own[i].Name == file {
			last = &own[i]
		}
	}
	if last == nil {
		return nothing
	}
	chain, broken := artifact.Chain(own, *last)
	if broken || !chain[0].Recovered {
		// §1.6: a bare DIFF and an unrecovered full are refused; wording and code are not given.
		return exit.Errorf(exit.Failed, "Cannot check backup '%s': aggregate the backup chain first", last.Name)
	}
	temp := call.Value("--temp-path")
	if temp == "" {
		temp = where // §1.6: default; the store is unpacked there
	}
	work, err := os.MkdirTemp(temp, ".check-")
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return exit.Errorf(exit.Failed, "%s is not an existing directory", temp)
		}
		return exit.Errorf(exit.Unhandled, "Invalid input for a CheckDump: %v", err) // pods.md §1
	}
	defer os.RemoveAll(work)
	for _, member := range chain {
		if err := unpack(ctx, from, member, work); err != nil {
			if errors.Is(err, errDamaged) {
				return p.report(call, member.Name, err)
			}
			return err
		}
	}
	fmt.Fprintf(p.Out, "Consistency check of database '%s' finished: %d artifacts, no inconsistencies.\n", database, len(chain))
	return nil
}

var errDamaged = errors.New("the checksum does not fit")

// unpack copies an artifact's payload and compares its checksum.
func unpack(ctx context.Context, from blob.Folder, file artifact.File, work string) error {
	body, err := from.Open(ctx, file.Name)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := artifact.Read(body); err != nil {
		return err
	}
	to, err := os.Create(filepath.Join(work, file.Name))
	if err != nil {
		return err
	}
	defer to.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, sum), body)
	if err != nil {
		return err
	}
	if n != file.Bytes || hex.EncodeToString(sum.Sum(nil)) != file.SHA256 {
		return fmt.Errorf("%s: %w", file.Name, errDamaged)
	}
	return nil
}

// report: pods.md §1, exit 1 and a file in --report-path, which is made when it is not there.
func (p *Program) report(call *grammar.Call, name string, reason error) error {
	dir := call.Value("--report-path")
	if dir == "" {
		dir = "."
	}
	path := filepath.Join(dir, "inconsistencies-"+p.Now().Format("2006-01-02.15.04.05")+".report")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(reason.Error()+"\n"), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.Err, "ERROR: %v\n", reason)
	return exit.Errorf(exit.Failed, "Inconsistencies found. See '%s' for details.", path)
}

// checkStore checks a database of the data folder: only whether it is there and not in use.
func (p *Program) checkStore(database string) error {
	dir := filepath.Join(p.Home, "data", "databases", strings.ToLower(database))
	if _, err := os.Stat(filepath.Join(dir, storeFile)); err != nil {
		return exit.Errorf(exit.Unhandled, "Could not find a valid database, or dump named '%s' to check at path: '%s'", database, dir)
	}
	if inUse(dir) {
		return exit.Errorf(exit.Failed, "The database is in use. Stop database '%s' and try again.", database)
	}
	if probe, err := os.CreateTemp(dir, ".check-"); err == nil {
		probe.Close()
		_ = os.Remove(probe.Name())
	} else {
		return exit.Errorf(exit.NoPermission, "You do not have permission to check database consistency.") // pods.md §1
	}
	fmt.Fprintf(p.Out, "Consistency check of database '%s' finished, no inconsistencies.\n", database)
	return nil
}
