// Command compare measures our binary against the tools a user has today, on the same documents, in one run, and
// writes tables of times, memory, ratios and growth into docs/performance.md.
//
// It is started by benches/run, which builds what it needs. Commands of one group run in turn, so that other load on
// the machine meets all of them; every figure is a median, and what counts are ratios.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The sizes that the page shows; growth is told from each to the next.
const defaultSizes = "1,100,1000,10000"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run() error {
	ours := flag.String("ours", "", "our release binary")
	tools := flag.String("tools", "", "folder with kubeconform, helm, kustomize, generate and schema")
	work := flag.String("work", "", "folder for the inputs; what is in it is overwritten")
	page := flag.String("page", "", "file with the markers between which the tables go")
	sizeList := flag.String("sizes", defaultSizes, "numbers of specs, ascending; the page is written for the default only")
	runs := flag.Int("runs", 5, "runs for each median, at least")
	forGit := flag.Bool("gitops", false, "measure emit and krm against render, and nothing else")
	onlyPrint := flag.Bool("print", false, "leave the page alone")
	flag.Parse()
	if *ours == "" || *tools == "" || *work == "" || *page == "" || flag.NArg() > 0 || *runs < 1 {
		flag.Usage()
		return fmt.Errorf("--ours, --tools, --work and --page are needed")
	}
	sizes, err := parseSizes(*sizeList)
	if err != nil {
		return err
	}
	at := setting{work: *work}
	for name, place := range map[string]*string{
		"kubeconform": &at.kubeconform, "helm": &at.helm, "kustomize": &at.kustomize, "generate": &at.generate, "schema": &at.schema,
	} {
		*place = filepath.Join(*tools, name)
	}
	if at.ours, err = filepath.Abs(*ours); err != nil {
		return err
	}

	if *forGit {
		return at.measureGit(*page, sizes[len(sizes)-1], *runs, *onlyPrint || *sizeList != defaultSizes)
	}
	measured := report{setting: at, sizes: sizes, load: load(), bulk: map[int]map[string]result{}}
	say("inputs of 1 and %s specs", *sizeList)
	if err := at.prepare(append([]int{1}, sizes...)); err != nil {
		return err
	}
	say("start-up")
	starts := at.starts()
	if err := prove(starts, at); err != nil {
		return err
	}
	// Starts are short and their noise is large: many more of them for a median.
	if measured.starts, err = interleaved(starts, 60**runs); err != nil {
		return err
	}
	for _, size := range sizes {
		// Short runs are noisy and cheap, so there are more of them; every size has at least as many as asked for.
		times := *runs * max(1, min(20, 1000/size))
		say("%d specs, %d runs", size, times)
		contenders := at.bulk(size)
		if err := prove(contenders, at); err != nil {
			return err
		}
		if err := at.proveReading(size); err != nil {
			return err
		}
		if measured.bulk[size], err = interleaved(contenders, times); err != nil {
			return err
		}
	}
	text, err := measured.markdown()
	if err != nil {
		return err
	}
	fmt.Print(text)
	if *onlyPrint || *sizeList != defaultSizes {
		say("%s left as it is", *page)
		return nil
	}
	return insert(*page, text)
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "== "+format+"\n", values...)
}

func parseSizes(list string) ([]int, error) {
	var sizes []int
	for word := range strings.SplitSeq(list, ",") {
		size, err := strconv.Atoi(word)
		if err != nil || size < 1 || (len(sizes) > 0 && size <= sizes[len(sizes)-1]) {
			return nil, fmt.Errorf("--sizes takes ascending positive numbers, not %q", list)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// prepare writes every input. The CronJobs that the peers read are what our render makes of the same specs.
func (at setting) prepare(sizes []int) error {
	if err := os.MkdirAll(filepath.Join(at.work, "schemas"), 0o755); err != nil {
		return err
	}
	schema, err := output(nil, at.schema)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(at.work, "schemas", "cronjob-batch-v1.json"), schema, 0o644); err != nil {
		return err
	}
	if _, err := output(nil, at.generate, "chart", filepath.Join(at.work, "chart")); err != nil {
		return err
	}
	for _, size := range sizes {
		folder := filepath.Join(at.work, strconv.Itoa(size))
		if _, err := output(nil, at.generate, "specs", folder, strconv.Itoa(size)); err != nil {
			return err
		}
		// Through a file, not through our own memory, which is the floor of every memory figure.
		rendered := filepath.Join(folder, "rendered.yaml")
		if _, err := once(at.render(filepath.Join(folder, "specs.yaml")), rendered, 0); err != nil {
			return err
		}
		stream, err := os.Open(rendered)
		if err != nil {
			return err
		}
		_, err = output(stream, at.generate, "cronjobs", folder)
		stream.Close()
		if err != nil {
			return err
		}
	}
	return at.proveRefusal()
}

func output(stdin *os.File, argv ...string) ([]byte, error) {
	command := exec.Command(argv[0], argv[1:]...)
	if stdin != nil {
		command.Stdin = stdin
	}
	var said bytes.Buffer
	command.Stderr = &said
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, said.Bytes())
	}
	return text, nil
}
