package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"neo4j-backup.test/standin/internal/artifact"
	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/exit"
	"neo4j-backup.test/standin/internal/grammar"
)

var (
	v202506 = grammar.Version{2025, 6}
	v202507 = grammar.Version{2025, 7}
)

// inspect is `backup inspect` (§1.4): it reads headers, no payloads, so that damage behind a header
// is not seen.
func (p *Program) inspect(ctx context.Context, call *grammar.Call, where, timeTitle string) error {
	var from blob.Folder
	var files []artifact.File
	var err error
	if strings.HasSuffix(where, artifact.Extension) {
		dir, name := blob.Split(where)
		if from, err = folder(ctx, dir); err != nil {
			return err
		}
		one, err := header(ctx, from, name)
		if err != nil {
			return err
		}
		files = []artifact.File{one}
	} else {
		if from, err = folder(ctx, where); err != nil {
			return err
		}
		if files, err = load(ctx, from); err != nil {
			return err
		}
	}
	if files, err = choose(call, files, from); err != nil {
		return err
	}
	if strings.EqualFold(call.Value("--format"), "JSON") {
		return p.json(files, from)
	}
	// §1.4: up to 2025.06 the header is shown only with --show-metadata.
	p.table(files, from, p.Version.Has(v202507) || call.Set("--show-metadata") || timeTitle == "TIME", timeTitle)
	return nil
}

func choose(call *grammar.Call, files []artifact.File, from blob.Folder) ([]artifact.File, error) {
	var chosen []artifact.File
	var databases []string
	for _, file := range files {
		if only := call.Value("--database"); only != "" && !strings.EqualFold(only, file.Database) {
			continue
		}
		chosen = append(chosen, file)
		if len(databases) == 0 || databases[len(databases)-1] != file.Database {
			databases = append(databases, file.Database)
		}
	}
	if call.Set("--latest-backup") || call.Set("--latest-chain") {
		all := chosen
		chosen = nil
		for _, database := range databases {
			own := artifact.Of(all, database)
			latest := artifact.Latest(own)
			if latest == nil {
				continue
			}
			if call.Set("--latest-backup") {
				chosen = append(chosen, *latest)
				continue
			}
			chain, broken := artifact.Chain(own, *latest)
			if broken {
				// Not in the reference for inspect; a restore of such a chain fails (§2 "Restore needs").
				return nil, exit.Errorf(exit.Failed, "The backup chain of '%s' is incomplete: the parent of %s is missing", database, from.URI(chain[0].Name))
			}
			chosen = append(chosen, chain...)
		}
	}
	if call.Set("--empty") {
		return chosen, nil
	}
	var shown []artifact.File
	for _, file := range chosen {
		if !file.Empty() { // §2: hidden unless --empty
			shown = append(shown, file)
		}
	}
	return shown, nil
}

func (p *Program) table(files []artifact.File, from blob.Folder, metadata bool, timeTitle string) {
	titles := []string{"FILE"}
	if metadata {
		titles = append(titles, "DATABASE", "DATABASE ID", timeTitle, "FULL", "COMPRESSED", "LOWEST TX", "HIGHEST TX")
		if p.Version.Has(v202506) {
			titles = append(titles, "RECOVERED")
		}
	}
	rows := [][]string{titles}
	for _, f := range files {
		row := []string{from.URI(f.Name), f.Database, f.DatabaseID, f.Time.Format("2006-01-02T15:04:05"),
			fmt.Sprint(f.Full), fmt.Sprint(f.Compressed), fmt.Sprint(f.Lowest), fmt.Sprint(f.Highest), fmt.Sprint(f.Recovered)}
		rows = append(rows, row[:len(titles)])
	}
	widths := make([]int, len(titles))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		fmt.Fprint(p.Out, "|")
		for i, cell := range row {
			fmt.Fprintf(p.Out, " %*s |", widths[i], cell)
		}
		fmt.Fprintln(p.Out)
	}
}

// json: the keys are not documented (§1.4, unverified); nothing of the product may rely on them.
func (p *Program) json(files []artifact.File, from blob.Folder) error {
	rows := []map[string]any{}
	for _, f := range files {
		rows = append(rows, map[string]any{
			"path": from.URI(f.Name), "database": f.Database, "databaseId": f.DatabaseID, "time": f.Time,
			"full": f.Full, "compressed": f.Compressed, "lowestTransactionId": f.Lowest,
			"highestTransactionId": f.Highest, "recovered": f.Recovered,
		})
	}
	encoder := json.NewEncoder(p.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(rows)
}
