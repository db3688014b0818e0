package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// contender is one command line under measurement.
type contender struct {
	name string
	// How the page names it, where its column does not.
	title string
	argv  []string
	exit  int
	// File on standard input, if any.
	stdin string
	// Folder that is not there when the command starts, if any.
	fresh string
	// check looks at what the command wrote, in a first run that is not measured: it must have done all the work.
	check func(stdout io.Reader) error
}

// run runs the command once, from the state that it is measured from.
func (one contender) run(stdout string) (sample, error) {
	if one.fresh != "" {
		// Moved and not removed: ext4 looks for some seconds around inodes that were just freed, which would be measured.
		old := fmt.Sprintf("%s.%d", one.fresh, time.Now().UnixNano())
		if err := os.Rename(one.fresh, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sample{}, err
		}
	}
	stdin := one.stdin
	if stdin == "" {
		stdin = os.DevNull
	}
	return reading(stdin, one.argv, stdout, one.exit)
}

// setting is where the programs and their inputs lie.
type setting struct {
	ours, kubeconform, helm, kustomize, generate, schema, work string
}

// Every spec points at a cluster that no document describes: these say what it is.
var target = []string{"--image", "neo4j:5.26.12-enterprise", "--servers", "3"}

// kustomize takes some 40 times the time for ten times the documents: 10,000 would take many minutes a run.
const kustomizeMost = 1000

func (at setting) input(size int, name string) string {
	return filepath.Join(at.work, strconv.Itoa(size), name)
}

func (at setting) validate(path string) []string {
	return append([]string{at.ours, "validate", "-f", path, "-o", "concise"}, target...)
}

func (at setting) render(path string) []string {
	return append([]string{at.ours, "render", "-f", path}, target...)
}

// As many workers as ours uses: one a core.
func (at setting) conform(path string) []string {
	return []string{
		at.kubeconform, "-strict", "-n", strconv.Itoa(runtime.NumCPU()), "-summary",
		"-schema-location", filepath.Join(at.work, "schemas", "{{.ResourceKind}}{{.KindSuffix}}.json"), path,
	}
}

func (at setting) template(size int) []string {
	return []string{at.helm, "template", "backups", filepath.Join(at.work, "chart"), "-f", at.input(size, "values.yaml")}
}

// starts is what a pipeline pays before any work: the programs with nothing, or one document, to do.
func (at setting) starts() []contender {
	one := at.input(1, "specs/graph-00001.yaml")
	return []contender{
		{name: "/bin/true", title: "`/bin/true`", argv: []string{"/bin/true"}},
		{name: "version", title: "`version --client`", argv: []string{at.ours, "version", "--client"}},
		{name: "validate", title: "`validate`, one spec", argv: at.validate(one), check: silent},
		{name: "render", title: "`render`, one spec", argv: at.render(one), check: cronJobs(1)},
		{name: "kubeconform", title: "`kubeconform -strict`, one CronJob", argv: at.conform(at.input(1, "cronjobs/cronjob-00001.yaml")), check: conforming(1)},
		{name: "kustomize", title: "`kustomize build`, one CronJob", argv: []string{at.kustomize, "build", filepath.Join(at.work, "1")}, check: cronJobs(1)},
		{name: "helm", title: "`helm template`, one entry", argv: at.template(1), check: cronJobs(1)},
	}
}

// bulk is the same work at one size.
func (at setting) bulk(size int) []contender {
	files, stream := at.input(size, "specs"), at.input(size, "specs.yaml")
	list := []contender{
		{name: "validate files", argv: at.validate(files), check: silent},
		{name: "validate stream", argv: at.validate(stream), check: silent},
		{name: "kubeconform files", argv: at.conform(at.input(size, "cronjobs")), check: conforming(size)},
		{name: "kubeconform stream", argv: at.conform(at.input(size, "cronjobs.yaml")), check: conforming(size)},
		{name: "render files", argv: at.render(files), check: cronJobs(size)},
		{name: "render stream", argv: at.render(stream), check: cronJobs(size)},
		{name: "helm", argv: at.template(size), check: cronJobs(size)},
	}
	if size >= 10 {
		list = append(list, contender{
			name: "validate mistakes", argv: at.validate(at.input(size, "mistakes.yaml")), exit: 1, check: mistakes(size / 10),
		})
	}
	if size <= kustomizeMost {
		list = append(list, contender{
			name: "kustomize", argv: []string{at.kustomize, "build", filepath.Join(at.work, strconv.Itoa(size))},
			check: cronJobs(size),
		})
	}
	return list
}

// Checks read line by line: what they held at once would be the floor of every later memory figure.

func silent(stdout io.Reader) error {
	for line := range lines(stdout) {
		return fmt.Errorf("expected no findings, got %q", line)
	}
	return nil
}

func cronJobs(count int) func(io.Reader) error {
	return counting(count, "CronJobs", func(line string) bool { return line == "kind: CronJob" })
}

func conforming(count int) func(io.Reader) error {
	want := fmt.Sprintf("Valid: %d, Invalid: 0, Errors: 0, Skipped: 0", count)
	return counting(1, fmt.Sprintf("%q", want), func(line string) bool { return strings.Contains(line, want) })
}

// Each mistake is a misspelt `schedule`; there may be findings that follow from it.
func mistakes(count int) func(io.Reader) error {
	return counting(count, "errors for a misspelt field", func(line string) bool {
		return strings.Contains(line, ": error[") && strings.Contains(line, "`shedule`")
	})
}

func counting(want int, what string, is func(string) bool) func(io.Reader) error {
	return func(stdout io.Reader) error {
		got := 0
		for line := range lines(stdout) {
			if is(line) {
				got++
			}
		}
		if got != want {
			return fmt.Errorf("expected %d of %s, got %d", want, what, got)
		}
		return nil
	}
}

func lines(text io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		for scanner := bufio.NewScanner(text); scanner.Scan(); {
			if !yield(scanner.Text()) {
				return
			}
		}
	}
}

// prove runs each command once, unmeasured, and looks at what it wrote. It also brings programs and inputs into the
// page cache, so that the first measured run is like the others.
func prove(contenders []contender, at setting) error {
	out := filepath.Join(at.work, "stdout")
	defer os.Remove(out)
	for _, one := range contenders {
		if _, err := one.run(out); err != nil {
			return err
		}
		if one.check == nil {
			continue
		}
		text, err := os.Open(out)
		if err != nil {
			return err
		}
		err = one.check(text)
		text.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", strings.Join(one.argv, " "), err)
		}
	}
	return nil
}

// proveReading asks our program how many specs it saw: silence of validate alone could mean that it read nothing.
func (at setting) proveReading(size int) error {
	out := filepath.Join(at.work, "stdout")
	defer os.Remove(out)
	for _, path := range []string{at.input(size, "specs"), at.input(size, "specs.yaml")} {
		argv := append([]string{at.ours, "validate", "-f", path, "-o", "json"}, target...)
		if _, err := once(argv, out, 0); err != nil {
			return err
		}
		text, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		var envelope struct {
			Summary struct{ Errors, Warnings, Notices, Documents int }
		}
		if err := json.Unmarshal(text, &envelope); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
		}
		if got := envelope.Summary; got.Documents != size || got.Errors+got.Warnings+got.Notices > 0 {
			return fmt.Errorf("%s: expected %d documents without findings, got %+v", strings.Join(argv, " "), size, got)
		}
	}
	return nil
}

// proveRefusal makes sure that kubeconform really checks: a schema that accepts everything would be quick as well.
func (at setting) proveRefusal() error {
	text, err := os.ReadFile(at.input(1, "cronjobs.yaml"))
	if err != nil {
		return err
	}
	broken := at.input(1, "broken.yaml")
	text = bytes.Replace(text, []byte("\n          enableServiceLinks:"), []byte("\n          enableServiceLink:"), 1)
	if err := os.WriteFile(broken, text, 0o644); err != nil {
		return err
	}
	if _, err := once(at.conform(broken), os.DevNull, 1); err != nil {
		return fmt.Errorf("kubeconform should refuse an unknown field: %w", err)
	}
	return nil
}
