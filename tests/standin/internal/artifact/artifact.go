// Package artifact is the file that the stand-in writes for a backup: named as Neo4j names it
// (neo4j-admin.md §2), with a header of the stand-in's own. It is no Neo4j artifact and says so in
// its first bytes; nothing outside the tests reads it.
package artifact

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

// Magic begins every artifact. The real ones are BZV1, BTV1, BZV2, BTV2, BZV3 (neo4j-admin.md §2).
const Magic = "STANDIN-BACKUP-1\n"

// Extension ends every artifact's name.
const Extension = ".backup"

// Header is what `backup inspect` shows (neo4j-admin.md §1.4), and the checksum of what follows it.
type Header struct {
	Database   string    `json:"database"`
	DatabaseID string    `json:"databaseId"`
	Time       time.Time `json:"time"`
	Full       bool      `json:"full"`
	Compressed bool      `json:"compressed"`
	Recovered  bool      `json:"recovered"`
	Lowest     uint64    `json:"lowest"`
	Highest    uint64    `json:"highest"`
	Parent     string    `json:"parent,omitempty"` // file name of a differential's parent
	Metadata   string    `json:"metadata"`         // none, all, users, roles
	Bytes      int64     `json:"bytes"`
	SHA256     string    `json:"sha256"`
}

// Empty says whether it is a differential without transactions: low = high = 0 (§2).
func (h Header) Empty() bool { return !h.Full && h.Lowest == 0 && h.Highest == 0 }

// Name is `<db>-YYYY-MM-DDTHH-MM-SS.backup` in the local zone of the process (§2).
func Name(database string, at time.Time) string {
	return fmt.Sprintf("%s-%s%s", database, at.Local().Format("2006-01-02T15-04-05"), Extension)
}

// Encode is the bytes before the payload.
func (h Header) Encode() []byte {
	text, err := json.Marshal(h)
	if err != nil {
		panic(err) // a struct of strings and numbers cannot fail
	}
	var b bytes.Buffer
	b.WriteString(Magic)
	_ = binary.Write(&b, binary.BigEndian, uint32(len(text)))
	b.Write(text)
	return b.Bytes()
}

// ErrForeign says that a file is no artifact of the stand-in, or its header is damaged.
var ErrForeign = errors.New("not a backup artifact, or its header is damaged")

// Read reads the header and leaves the reader at the payload.
func Read(r io.Reader) (Header, error) {
	var h Header
	head := make([]byte, len(Magic)+4)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(Magic)]) != Magic {
		return h, ErrForeign
	}
	length := binary.BigEndian.Uint32(head[len(Magic):])
	if length > 1<<16 {
		return h, ErrForeign
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil || json.Unmarshal(text, &h) != nil {
		return h, ErrForeign
	}
	return h, nil
}

// File is an artifact with its name in the folder.
type File struct {
	Header
	Name string
}

// Sort orders by database, then by time; ties by the last transaction (§1.4, 2026.04).
func Sort(files []File) {
	sort.SliceStable(files, func(i, j int) bool {
		a, b := files[i], files[j]
		if a.Database != b.Database {
			return a.Database < b.Database
		}
		if !a.Time.Equal(b.Time) {
			return a.Time.Before(b.Time)
		}
		return a.Highest < b.Highest
	})
}

// Of is the artifacts of one database, in order.
func Of(files []File, database string) []File {
	var own []File
	for _, f := range files {
		if strings.EqualFold(f.Database, database) {
			own = append(own, f)
		}
	}
	Sort(own)
	return own
}

// Parent is what the next differential continues: the most recent non-empty backup, or with
// preferDiff the latest non-empty differential (§2 "DIFF parent default").
func Parent(files []File, preferDiff bool) *File {
	var full, diff *File
	for i := range files {
		f := &files[i]
		if f.Empty() {
			continue
		}
		if f.Full {
			full = f
		} else {
			diff = f
		}
	}
	switch {
	case preferDiff && diff != nil:
		return diff
	case diff != nil && full != nil && diff.Time.After(full.Time):
		return diff
	case full != nil:
		return full
	default:
		return diff
	}
}

// Chain is the artifacts that one needs, the full first (§2 "Restore needs"). broken is true when
// an ancestor is not in the folder.
func Chain(files []File, last File) (chain []File, broken bool) {
	chain = []File{last}
	for current := last; !current.Full; {
		found := false
		for _, f := range files {
			if f.Name == current.Parent && f.DatabaseID == current.DatabaseID {
				chain = append([]File{f}, chain...)
				current, found = f, true
				break
			}
		}
		if !found {
			return chain, true
		}
	}
	return chain, false
}

// Latest is the artifact with the highest transaction, the newest among equals (§1.6 "the most
// recent chain by tx id").
func Latest(files []File) *File {
	var best *File
	for i := range files {
		f := &files[i]
		if f.Empty() {
			continue
		}
		if best == nil || f.Highest > best.Highest || (f.Highest == best.Highest && !f.Time.Before(best.Time)) {
			best = f
		}
	}
	return best
}
