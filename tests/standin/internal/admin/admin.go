// Package admin is neo4j-admin-standin: the commands of neo4j-admin that rendered pods call, as the
// reference describes them (neo4j-admin.md §1, §2; pods.md §1). It reads no Neo4j store and writes
// none. Where the reference gives no wording or no code, a comment says so.
package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"neo4j-backup.test/standin/internal/artifact"
	"neo4j-backup.test/standin/internal/blob"
	"neo4j-backup.test/standin/internal/exit"
	"neo4j-backup.test/standin/internal/grammar"
)

// Program is one run.
type Program struct {
	Version grammar.Version
	Home    string // NEO4J_HOME: data, logs
	Out     io.Writer
	Err     io.Writer
	Now     func() time.Time
}

// Run executes a command line and answers the exit code.
func (p *Program) Run(ctx context.Context, argv []string) int {
	if len(argv) == 1 && (argv[0] == "--version" || argv[0] == "-V") {
		fmt.Fprintln(p.Out, p.Version)
		return exit.OK
	}
	if options := os.Getenv("JAVA_TOOL_OPTIONS"); options != "" {
		fmt.Fprintf(p.Err, "Picked up JAVA_TOOL_OPTIONS: %s\n", options)
	}
	call, err := grammar.Parse(p.Version, argv)
	if err == nil && call.Help {
		fmt.Fprintln(p.Out, call.Command.Usage(p.Version))
		return exit.OK
	}
	began := time.Now()
	if err == nil {
		err = p.execute(ctx, call)
	}
	if err == nil {
		return exit.OK
	}
	code, message := describe(err)
	fmt.Fprintln(p.Err, message)
	// §1.0: failures after more than 3 s, or with --verbose, leave a trace in the logs folder.
	if code != exit.Usage && (time.Since(began) > 3*time.Second || call.Bool("--verbose", false)) {
		name := "neo4j-admin-exception-trace-" + p.Now().Format("2006-01-02T15-04-05") + ".log"
		if os.WriteFile(filepath.Join(p.Home, "logs", name), []byte(message+"\n"), 0o644) == nil {
			fmt.Fprintf(p.Err, "Exception trace: %s\n", filepath.Join(p.Home, "logs", name))
		}
	}
	return code
}

func (p *Program) execute(ctx context.Context, call *grammar.Call) error {
	// pods.md §1: without a writable /tmp nothing runs.
	probe, err := os.CreateTemp("", "jna-")
	if err != nil {
		return exit.Errorf(exit.Failed, "JNA temporary directory '%s' is not writable", os.TempDir())
	}
	probe.Close()
	_ = os.Remove(probe.Name())
	if file := call.Value("--additional-config"); file != "" {
		if _, err := os.Stat(file); err != nil {
			return exit.Errorf(exit.Failed, "File %s does not exist", file) // §1.0; the code is not given
		}
	}
	switch call.Command.Words[1] {
	case "backup":
		if path := call.Value("--inspect-path"); path != "" {
			return p.inspect(ctx, call, path, "TIME")
		}
		return p.backup(ctx, call)
	case "inspect":
		return p.inspect(ctx, call, call.Positionals[0], "TIME (UTC)")
	case "check":
		return p.check(ctx, call)
	case "restore":
		return p.restore(ctx, call)
	default:
		return p.aggregate(ctx, call)
	}
}

// describe gives an error its exit code and its words.
func describe(err error) (int, string) {
	var own *exit.Error
	switch {
	case errors.As(err, &own):
		return own.Code, own.Message
	case errors.Is(err, syscall.ENOSPC):
		return exit.Failed, "IOException: No space left on device" // pods.md §1
	case errors.Is(err, syscall.EROFS):
		return exit.Failed, "FileSystemException: " + err.Error()
	case errors.Is(err, fs.ErrPermission):
		return exit.Failed, "AccessDeniedException: " + err.Error()
	default:
		return exit.Failed, err.Error()
	}
}

// folder opens a folder: a bucket's needs its slash (§1.0), a local one must exist (§1.1).
func folder(ctx context.Context, path string) (blob.Folder, error) {
	if blob.IsURI(path) {
		if !strings.HasSuffix(path, "/") {
			return nil, exit.Errorf(exit.Failed, "The path '%s' is not a directory - please add a terminal '/' to your path", path)
		}
	} else if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, exit.Errorf(exit.Failed, "%s is not an existing directory", path) // pods.md §1
	}
	return blob.Open(ctx, path)
}

// staging is where a store is put together: --temp-path, which must exist and be empty (§1.1); else
// the folder itself, or the working folder for a bucket.
func (p *Program) staging(call *grammar.Call, where string) (string, error) {
	base := call.Value("--temp-path")
	if base == "" {
		if base = where; blob.IsURI(where) {
			base = "."
		}
	} else {
		entries, err := os.ReadDir(base)
		if err != nil {
			return "", exit.Errorf(exit.Failed, "Storage staging path does not exist: %s", base) // operator.md §2.1
		}
		for _, entry := range entries {
			if entry.Name() != "lost+found" {
				return "", exit.Errorf(exit.Failed, "Storage staging path is not empty: %s", base) // wording not given
			}
		}
	}
	return os.MkdirTemp(base, ".staging-")
}

// load reads the header of every artifact of a folder.
func load(ctx context.Context, from blob.Folder) ([]artifact.File, error) {
	names, err := from.List(ctx)
	if err != nil {
		return nil, err
	}
	var files []artifact.File
	for _, name := range names {
		if !strings.HasSuffix(name, artifact.Extension) {
			continue
		}
		file, err := header(ctx, from, name)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	artifact.Sort(files)
	return files, nil
}

// header reads one. What the real program does with a file that is no artifact is not in the
// reference; the stand-in fails.
func header(ctx context.Context, from blob.Folder, name string) (artifact.File, error) {
	body, err := from.Open(ctx, name)
	if errors.Is(err, blob.ErrNotFound) {
		return artifact.File{}, exit.Errorf(exit.Failed, "%s does not exist", from.URI(name))
	}
	if err != nil {
		return artifact.File{}, err
	}
	defer body.Close()
	h, err := artifact.Read(body)
	if err != nil {
		return artifact.File{}, exit.Errorf(exit.Failed, "Failed to read backup %s: %v", from.URI(name), err)
	}
	return artifact.File{Header: h, Name: name}, nil
}
