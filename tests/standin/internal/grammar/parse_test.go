package grammar

import (
	"errors"
	"strings"
	"testing"

	"neo4j-backup.test/standin/internal/exit"
)

// The table is the reference's matrix (neo4j-admin.md §1.10) and the rules of §1.0 to §1.6.
func TestCommandLines(t *testing.T) {
	const b = "database backup --to-path=/b/ "
	cases := []struct {
		version, line string
		message       string // part of it; empty is success
	}{
		{"5.26.33", b + "--from=a:6362,b:6362 --type=full --compress --temp-path=/t *", ""},
		{"5.26.33", b + "--compress=false --pagecache=4G --include-metadata=ALL neo4j system", ""},
		{"5.26.33", b + "--from=a:6362 --from=b:6362 neo4j", ""},
		{"5.26.33", b + "--bogus x", "Unknown option: '--bogus'"},
		{"5.26.33", b + "--type=INCREMENTAL x", "Invalid value for option '--type': expected one of [FULL, DIFF, AUTO]"},
		{"5.26.33", b + "--compress=maybe x", "Invalid value for option '--compress'"},
		{"5.26.33", b + "--compress true", ""}, // "true" is a database here: never a separate token
		{"5.26.33", b + "--pagecache=4Gi x", "Invalid value for option '--pagecache'"},
		{"5.26.33", b + "--type=FULL --type=DIFF x", "should be specified only once"},
		{"5.26.33", "database backup neo4j", "Missing required option: '--to-path"},
		{"5.26.33", b + "x --from", "Missing required parameter for option '--from'"},
		{"5.26.33", b + "--from= x", "Missing required parameter for option '--from'"},
		{"5.26.33", b + "--prefer-diff-as-parent x", "Unknown option"},
		{"2025.03.0", b + "--prefer-diff-as-parent x", "Unknown option"},
		{"2025.04.0", b + "--prefer-diff-as-parent x", ""},
		{"2025.04.0", b + "--prefer-diff-as-parent=true x", "should be specified without 'true' parameter"},
		{"2025.08.0", b + "--remote-address-resolution x", "Unknown option"},
		{"2025.09.0", b + "--remote-address-resolution=true x", ""},
		{"2025.10.1", b + "--parallel-download x", "Unknown option"},
		{"2025.11.0", b + "--parallel-download --skip-recovery=true x", ""},
		{"2025.09.0", b + "--include-metadata=users=a,b x", "Invalid value for option '--include-metadata'"},
		{"2025.10.0", b + "--include-metadata=users=a,b x", ""},
		{"5.26.33", b + "--check-consistency x", "Unknown option"}, // never existed (§1.1)
		{"5.26.33", b + "--fallback-to-full x", "Unknown option"},
		{"5.26.33", b + "--skip-producing-empty-diff x", "Unknown option"},
		{"5.26.33", "backup inspect --latest-chain --show-metadata --format=tabular /b/", ""},
		{"2025.07.0", "backup inspect --show-metadata /b/", ""}, // accepted and ignored (§1.4)
		{"5.24.0", "backup inspect /b/", "Unmatched arguments"},
		{"5.26.33", "backup inspect --latest-chain --latest-backup /b/", "mutually exclusive"},
		{"5.26.33", "backup inspect", "Missing required parameter: '<backup-path>'"},
		{"5.26.33", "backup inspect /a /b", "Unmatched argument at index 1: '/b'"},
		{"5.26.33", "database check --from-path=/b/ --temp-path=/t --report-path=/r neo4j", ""},
		{"5.26.33", "database check --temp-path=/t neo4j", "Missing required argument(s): --from-path"},
		{"5.26.33", "database check --from-path=/b --from-path-data=/d --from-path-txn=/x neo4j", "mutually exclusive"},
		{"5.26.33", "database check --max-off-heap-memory=90% --threads=2 neo4j", ""},
		{"5.26.33", "database check --max-off-heap-memory=101% neo4j", "not a percentage"},
		{"5.26.33", "database check neo4j system", "Unmatched argument at index 1"},
		{"5.26.33", "database restore neo4j", "Missing required option: '--from-path=<path>'"},
		{"5.26.33", "database restore --from-path=/b/x.backup --overwrite-destination=true neo4j", ""},
		{"5.26.33", "database restore --from-path=/b/x.backup --source-database=a neo4j", "Unknown option"},
		{"2025.02.0", "database restore --from-path=/b/ --source-database=a neo4j", ""},
		{"5.26.33", "database restore --from-path=/b/x.backup --restore-until=12 neo4j", ""},
		{"5.26.33", "database restore --from-path=/b/x.backup --restore-until=2026-01-02T03:04:05Z neo4j", "neither a transaction id nor"},
		{"5.26.33", "database restore --from-path=/b/x.backup --force neo4j", "Unknown option"},
		{"5.26.33", "database aggregate-backup --from-path=/b/ neo4j", ""},
		{"5.26.33", "backup aggregate --from-path=/b/ neo4j", "Unmatched arguments"},
		{"2025.01.0", "backup aggregate --from-path=/b/ neo4j", ""},
		{"5.26.33", "backup", "Missing required subcommand"},
		{"5.26.33", "database backup --help", ""},
	}
	for _, c := range cases {
		version, err := ParseVersion(c.version)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(version, strings.Fields(c.line))
		if c.message == "" {
			if err != nil {
				t.Errorf("%s %s: %v", c.version, c.line, err)
			}
			continue
		}
		var failure *exit.Error
		if !errors.As(err, &failure) || failure.Code != exit.Usage || !strings.Contains(failure.Message, c.message) {
			t.Errorf("%s %s: %v, not %q", c.version, c.line, err, c.message)
		}
	}
}

func TestMomentsWithASpaceAreRead(t *testing.T) {
	version, _ := ParseVersion("5.26.33")
	call, err := Parse(version, []string{"database", "restore", "--from-path=/b/x.backup", "--restore-until=2026-01-02 03:04:05", "neo4j"})
	if err != nil || call.Value("--restore-until") != "2026-01-02 03:04:05" {
		t.Fatal(call, err)
	}
}
