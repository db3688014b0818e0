package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"neo4j-backup.test/standin/internal/artifact"
	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/exit"
	"neo4j-backup.test/standin/internal/grammar"
)

// aggregate is `database aggregate-backup` and `backup aggregate` (§1.3): a chain becomes one full,
// and the chain is deleted unless --keep-old-backup.
func (p *Program) aggregate(ctx context.Context, call *grammar.Call) error {
	where, name := call.Value("--from-path"), ""
	if strings.HasSuffix(where, artifact.Extension) {
		where, name = blob.Split(where)
	}
	from, err := folder(ctx, where)
	if err != nil {
		return err
	}
	files, err := load(ctx, from)
	if err != nil {
		return err
	}
	staging, err := p.staging(call, where)
	if err != nil {
		return err
	}
	defer os.RemoveAll(staging)
	done := map[string]bool{}
	for _, file := range files {
		wanted := name == file.Name
		if name == "" {
			wanted = len(call.Positionals) == 0
			if !wanted {
				wanted, _ = path.Match(strings.ToLower(call.Positionals[0]), file.Database)
			}
		}
		if !wanted || done[file.Database] {
			continue
		}
		done[file.Database] = true
		own := artifact.Of(files, file.Database)
		last := artifact.Latest(own)
		if name != "" {
			last = &file
		}
		if err := p.join(ctx, call, from, own, *last, staging); err != nil {
			return err
		}
	}
	if len(done) == 0 {
		return exit.Errorf(exit.Failed, "No backup to aggregate in %s", where) // wording not given
	}
	return nil
}

func (p *Program) join(ctx context.Context, call *grammar.Call, from blob.Folder, own []artifact.File, last artifact.File, staging string) error {
	chain, broken := artifact.Chain(own, last)
	if broken {
		return exit.Errorf(exit.Failed, "The backup chain of '%s' is incomplete", last.Database)
	}
	payload, err := os.Create(filepath.Join(staging, last.Database+".payload"))
	if err != nil {
		return err
	}
	defer discard(payload)
	sum := sha256.New()
	h := chain[0].Header
	h.Time, h.Recovered, h.Highest, h.Bytes = p.Now().UTC(), true, last.Highest, 0
	for _, member := range chain {
		if err := unpack(ctx, from, member, staging); err != nil {
			return err
		}
		part, err := os.Open(filepath.Join(staging, member.Name))
		if err != nil {
			return err
		}
		n, err := io.Copy(io.MultiWriter(payload, sum), part)
		discard(part)
		if err != nil {
			return err
		}
		h.Bytes += n
	}
	h.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := p.publish(ctx, h, payload, from, staging, p.Now().UnixMilli()); err != nil {
		return err
	}
	if !call.Bool("--keep-old-backup", false) {
		for _, member := range chain {
			if err := from.Remove(ctx, member.Name); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(p.Out, "Successfully aggregated backup chain of database '%s', new artifact: '%s'.\n", last.Database, from.URI(artifact.Name(h.Database, h.Time)))
	return nil
}
