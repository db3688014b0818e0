package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Between these the page is ours; the rest of it is written by people.
const (
	begin = "<!-- measured: begin -->"
	end   = "<!-- measured: end -->"
)

// What the figures have to hold (DESIGN.md "Fast"). Linear growth is ten times the time for ten times the specs; a
// fifth more is left to noise and to what a larger input costs the machine's caches.
const (
	startFactor  = 2.0
	peerShare    = 0.1
	memoryLimit  = 64_000_000
	growthFactor = 12.0
)

type report struct {
	setting
	sizes  []int
	load   string
	starts map[string]result
	bulk   map[int]map[string]result
}

type column struct{ name, title string }

var (
	validating = []column{
		{"validate files", "ours, files"}, {"validate stream", "ours, stream"},
		{"kubeconform files", "kubeconform, files"}, {"kubeconform stream", "kubeconform, stream"},
		{"validate mistakes", "ours, every tenth wrong"},
	}
	rendering = []column{
		{"render files", "ours, files"}, {"render stream", "ours, stream"},
		{"helm", "helm template"}, {"kustomize", "kustomize build"},
	}
)

func (r report) markdown() (string, error) {
	var out strings.Builder
	if err := r.machine(&out); err != nil {
		return "", err
	}
	r.aims(&out)
	r.startTable(&out)
	r.table(&out, "Validating", "kubeconform", validating, [2][2]string{
		{"validate files", "kubeconform files"}, {"validate stream", "kubeconform stream"},
	})
	r.table(&out, "Rendering", "helm", rendering, [2][2]string{{"render files", "helm"}, {"render stream", "helm"}})
	r.growth(&out)
	return out.String(), nil
}

func (r report) machine(out *strings.Builder) error {
	fmt.Fprintf(out, "%s/%s, %d cores, %s; load at the start %s (there was other work where it is not near 0).\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), memorySize(), r.load)
	var peers []string
	for _, tool := range []string{r.kubeconform, r.helm, r.kustomize} {
		info, err := buildinfo.ReadFile(tool)
		if err != nil {
			return err
		}
		peers = append(peers, module(info))
	}
	rust, err := exec.Command("rustc", "--version").Output()
	if err != nil {
		return fmt.Errorf("rustc --version: %w", err)
	}
	binary, err := os.Stat(r.ours)
	if err != nil {
		return err
	}
	words := strings.Fields(string(rust))
	fmt.Fprintf(out, "Ours: one static file of %s, built by rustc %s. Peers, built by %s: %s.\n",
		bytesText(binary.Size()), words[min(1, len(words)-1)], runtime.Version(), strings.Join(peers, ", "))
	return nil
}

// module names the module, with its version, that the command of a Go binary comes from.
func module(info *buildinfo.BuildInfo) string {
	best := info.Main
	for _, one := range info.Deps {
		if strings.HasPrefix(info.Path, one.Path+"/") || info.Path == one.Path {
			best = *one
		}
	}
	return fmt.Sprintf("`%s` %s", best.Path, best.Version)
}

func (r report) aims(out *strings.Builder) {
	out.WriteString("\n### Aims\n\n| aim | measured | held |\n| --- | ---: | --- |\n")
	row := func(aim, measured string, held bool) {
		fmt.Fprintf(out, "| %s | %s | %s |\n", aim, measured, map[bool]string{true: "yes", false: "**no**"}[held])
	}
	base := r.starts["/bin/true"].wall
	for _, one := range r.setting.starts() {
		if one.name != "version" && one.name != "validate" {
			continue
		}
		factor := ratio(r.starts[one.name].wall, base)
		row(fmt.Sprintf("%s within %.0f times `/bin/true`", one.title, startFactor), fmt.Sprintf("× %.2f", factor),
			factor <= startFactor)
	}
	size := r.sizes[len(r.sizes)-1]
	largest := r.bulk[size]
	for _, pair := range [][3]string{
		{"validate files", "kubeconform files", "`kubeconform -strict`, as many CronJobs in files"},
		{"validate stream", "kubeconform stream", "`kubeconform -strict`, as many CronJobs in a stream"},
		{"render files", "helm", "`helm template`"},
		{"render stream", "helm", "`helm template`"},
	} {
		share := ratio(largest[pair[0]].wall, largest[pair[1]].wall)
		row(fmt.Sprintf("%s, %s specs, in a tenth of the time of %s", pair[0], count(size), pair[2]),
			fmt.Sprintf("%.3f of it", share), share <= peerShare)
	}
	ours := []string{"validate files", "validate stream", "render files", "render stream"}
	for _, name := range ours {
		memory := largest[name].memory
		row(fmt.Sprintf("%s, %s specs, in under %s", name, count(size), bytesText(memoryLimit)), bytesText(memory),
			memory < memoryLimit)
	}
	if len(r.sizes) < 2 {
		return
	}
	before := r.sizes[len(r.sizes)-2]
	limit := growthFactor / 10 * float64(size) / float64(before)
	for _, name := range ours {
		factor := ratio(largest[name].wall, r.bulk[before][name].wall)
		row(fmt.Sprintf("%s: linear, at most × %.0f from %s to %s specs", name, limit, count(before), count(size)),
			fmt.Sprintf("× %.1f", factor), factor <= limit)
	}
}

func (r report) startTable(out *strings.Builder) {
	out.WriteString("\n### Start-up\n\n| command | time | to `/bin/true` | CPU | peak memory |\n| --- | ---: | ---: | ---: | ---: |\n")
	base := r.starts["/bin/true"].wall
	for _, one := range r.setting.starts() {
		got := r.starts[one.name]
		fmt.Fprintf(out, "| %s | %s | × %.2f | %s | %s |\n", one.title, timeText(got.wall),
			ratio(got.wall, base), timeText(got.cpu), bytesText(got.memory))
	}
	fmt.Fprintf(out, "\nMedians of %d runs each. No process can show less memory here than `/bin/true` does.\n", r.starts["/bin/true"].runs)
}

// table shows one kind of work: a row a size, a column a command, and how often ours fits into the peer's time.
func (r report) table(out *strings.Builder, title, peer string, columns []column, pairs [2][2]string) {
	fmt.Fprintf(out, "\n### %s\n\nTime, CPU time, peak memory.\n\n| specs | runs |", title)
	for _, one := range columns {
		fmt.Fprintf(out, " %s |", one.title)
	}
	fmt.Fprintf(out, " ours to %s, files | stream |\n| ---: | ---: |%s ---: | ---: |\n", peer, strings.Repeat(" ---: |", len(columns)))
	for _, size := range r.sizes {
		results := r.bulk[size]
		fmt.Fprintf(out, "| %s | %d |", count(size), results[columns[0].name].runs)
		for _, one := range columns {
			got, measured := results[one.name]
			if !measured {
				out.WriteString(" – |")
				continue
			}
			fmt.Fprintf(out, " %s<br>%s<br>%s |", timeText(got.wall), timeText(got.cpu), bytesText(got.memory))
		}
		for _, pair := range pairs {
			fmt.Fprintf(out, " 1 : %.1f |", ratio(results[pair[1]].wall, results[pair[0]].wall))
		}
		out.WriteString("\n")
	}
}

func (r report) growth(out *strings.Builder) {
	if len(r.sizes) < 2 {
		return
	}
	out.WriteString("\n### Growth\n\nHow many times the time (and, in brackets, the memory) from one size to the next.\n\n| command |")
	for index, size := range r.sizes[1:] {
		fmt.Fprintf(out, " %s → %s |", count(r.sizes[index]), count(size))
	}
	fmt.Fprintf(out, "\n| --- |%s\n", strings.Repeat(" ---: |", len(r.sizes)-1))
	for kind, columns := range [][]column{validating, rendering} {
		for _, one := range columns {
			fmt.Fprintf(out, "| %s: %s |", [...]string{"validating", "rendering"}[kind], one.title)
			for index, size := range r.sizes[1:] {
				now, measured := r.bulk[size][one.name]
				before, known := r.bulk[r.sizes[index]][one.name]
				if !measured || !known {
					out.WriteString(" – |")
					continue
				}
				fmt.Fprintf(out, " × %.1f (× %.1f) |", ratio(now.wall, before.wall), float64(now.memory)/float64(before.memory))
			}
			out.WriteString("\n")
		}
	}
}

func ratio(one, other time.Duration) float64 { return float64(one) / float64(other) }

func timeText(value time.Duration) string {
	switch {
	case value >= 10*time.Second:
		return fmt.Sprintf("%.1f s", value.Seconds())
	case value >= time.Second:
		return fmt.Sprintf("%.2f s", value.Seconds())
	case value >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", value.Seconds()*1e3)
	}
	return fmt.Sprintf("%.2f ms", value.Seconds()*1e3)
}

// bytesText is in units of 1,000,000, as the aims are.
func bytesText(value int64) string { return fmt.Sprintf("%.1f MB", float64(value)/1e6) }

// count writes 10000 as 10,000.
func count(value int) string {
	text := strconv.Itoa(value)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// load and memorySize are what Linux tells of itself; other systems do not, and then the page says so.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 0 {
		return fields[0]
	}
	return "unknown"
}

func memorySize() string {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "MemTotal:"); found {
			if kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64); err == nil {
				return fmt.Sprintf("%.0f GB of memory", kilobytes*1024/1e9)
			}
		}
	}
	return "memory unknown"
}

// insert puts the tables between the markers of the page.
func insert(page, text string) error {
	return insertBetween(page, begin, end, text)
}

func insertBetween(page, begin, end, text string) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(old, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s has no line %s followed by %s", page, begin, end)
	}
	written := fmt.Sprintf("%s%s\n%s%s%s", before, begin, text, end, after)
	if written == string(old) {
		return nil
	}
	return os.WriteFile(page, []byte(written), 0o644)
}
