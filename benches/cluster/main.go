// Command cluster measures our commands that talk to a Kubernetes API server against kubectl's, on the test cluster,
// in one run: time, and requests as the API server's audit log counts them.
//
// It is started by benches/run-cluster, which builds what it needs. Both tools work on the same objects: what our render
// makes of the specs, each tool in a namespace of its own. The two take turns, and what counts are ratios.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The sizes that the page shows.
const defaultSizes = "1,100,1000"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run() error {
	ours := flag.String("ours", "", "our release binary")
	testcluster := flag.String("testcluster", "", "the test cluster's binary, which holds kubectl too")
	work := flag.String("work", "", "folder for inputs and state; what is in it is overwritten")
	page := flag.String("page", "", "file with the markers between which the tables go")
	sizeList := flag.String("sizes", defaultSizes, "numbers of CronJobs; the page is written for the default only")
	runs := flag.Int("runs", 5, "runs for each median")
	onlyPrint := flag.Bool("print", false, "leave the page alone")
	flag.Parse()
	if *ours == "" || *testcluster == "" || *work == "" || *page == "" || flag.NArg() > 0 || *runs < 1 {
		flag.Usage()
		return fmt.Errorf("--ours, --testcluster, --work and --page are needed")
	}
	var sizes []int
	for word := range strings.SplitSeq(*sizeList, ",") {
		size, err := strconv.Atoi(word)
		if err != nil || size < 1 {
			return fmt.Errorf("--sizes takes positive numbers, not %q", word)
		}
		sizes = append(sizes, size)
	}
	bench := &bench{work: *work, runs: *runs}
	var err error
	if bench.ours, err = filepath.Abs(*ours); err != nil {
		return err
	}
	if bench.testcluster, err = filepath.Abs(*testcluster); err != nil {
		return err
	}
	say("a cluster")
	if err := bench.start(); err != nil {
		return err
	}
	defer bench.stop()
	var rows []row
	for _, size := range sizes {
		measured, err := bench.measure(size)
		if err != nil {
			return err
		}
		rows = append(rows, measured...)
	}
	text := markdown(rows, sizes, *runs)
	fmt.Print(text)
	if *onlyPrint || *sizeList != defaultSizes {
		say("%s left as it is", *page)
		return nil
	}
	return insert(*page, text)
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "%s == "+format+"\n", append([]any{time.Now().Format("15:04:05")}, values...)...)
}
