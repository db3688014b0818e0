package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The part of the page that benches/run-gitops writes.
const (
	beginGit = "<!-- measured for Git: begin -->"
	endGit   = "<!-- measured for Git: end -->"
)

// What emit and krm may cost, of the time that render takes for the same specs in the same run.
const (
	emitFactor = 2.0
	krmFactor  = 1.1
)

// forms are those of emit, each with what it needs to be told.
var forms = [][]string{
	{"plain"}, {"kustomize"}, {"argocd", "--repo-url", "https://git.example.com/shop/backups.git"}, {"flux"},
}

// git is render, and what makes the same objects for a repository or for kustomize.
func (at setting) git(size int) []contender {
	stream := at.input(size, "specs.yaml")
	folder := filepath.Join(at.work, "emitted")
	list := []contender{
		{name: "render", argv: at.render(stream), check: cronJobs(size)},
		{name: "krm", argv: []string{at.ours, "krm"}, stdin: at.input(size, "list.yaml"), check: itemCronJobs(size)},
		{
			name: "render --output-dir", fresh: folder,
			argv: append(at.render(stream), "--quiet", "--output-dir", folder),
		},
	}
	for _, form := range forms {
		// An older binary may not have every form.
		if _, err := output(nil, at.ours, "emit", form[0], "--help"); err != nil {
			say("left out: emit %s", form[0])
			continue
		}
		argv := append([]string{at.ours, "emit"}, form...)
		argv = append(argv, "--quiet", "-f", stream, "--output-dir", folder)
		argv = append(argv, target...)
		again := append(append([]string{}, argv...), "--check")
		list = append(list,
			contender{name: "emit " + form[0], argv: argv, fresh: folder},
			contender{name: "emit " + form[0] + " --check", argv: again, check: silent},
		)
	}
	return list
}

func itemCronJobs(count int) func(io.Reader) error {
	return counting(count, "CronJobs", func(line string) bool { return line == "  kind: CronJob" })
}

func (at setting) measureGit(page string, size, runs int, onlyPrint bool) error {
	say("inputs of %d specs", size)
	if err := at.prepare([]int{1, size}); err != nil {
		return err
	}
	contenders := at.git(size)
	// What each run wrote is removed when nothing is measured any more.
	defer func() {
		old, _ := filepath.Glob(filepath.Join(at.work, "emitted*"))
		for _, folder := range old {
			_ = os.RemoveAll(folder)
		}
	}()
	if err := prove(contenders, at); err != nil {
		return err
	}
	started := load()
	say("%d specs, %d runs", size, runs)
	results, err := interleaved(contenders, runs)
	if err != nil {
		return err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s specs, medians of %d runs; load at the start %s.\n", count(size), runs, started)
	out.WriteString("\n| command | time | to `render` | aim | CPU | peak memory |\n| --- | ---: | ---: | --- | ---: | ---: |\n")
	base := results["render"].wall
	for _, one := range contenders {
		got := results[one.name]
		factor := ratio(got.wall, base)
		aim := ""
		switch {
		case one.name == "krm":
			aim = held(krmFactor, factor)
		case strings.HasPrefix(one.name, "emit "):
			aim = held(emitFactor, factor)
		}
		fmt.Fprintf(&out, "| `%s` | %s | × %.2f | %s | %s | %s |\n", one.name, timeText(got.wall), factor, aim, timeText(got.cpu), bytesText(got.memory))
	}
	fmt.Print(out.String())
	if onlyPrint {
		return nil
	}
	return insertBetween(page, beginGit, endGit, out.String())
}

func held(limit, factor float64) string {
	if factor <= limit {
		return fmt.Sprintf("× %.1f, held", limit)
	}
	return fmt.Sprintf("× %.1f, **not held**", limit)
}
