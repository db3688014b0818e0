package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Between these the page is ours; the rest of it is written by people.
const (
	begin = "<!-- cluster: begin -->"
	end   = "<!-- cluster: end -->"
)

// share is the part of kubectl's time that ours may take.
const share = 0.2

func markdown(rows []row, sizes []int, runs int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s/%s, %d cores; medians of %d runs; Kubernetes 1.34.4 on the same machine, which has its share in every figure.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runs)
	for _, size := range sizes {
		fmt.Fprintf(&out, "\n#### %d CronJobs\n\n", size)
		out.WriteString("| | ours | requests | kubectl | requests | ours/kubectl | a fifth |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n")
		for _, row := range rows {
			if row.size != size {
				continue
			}
			part := float64(row.ours.took) / float64(row.kubectl.took)
			held := ""
			if row.aim {
				if held = "**no**"; part <= share {
					held = "yes"
				}
			}
			fmt.Fprintf(&out, "| %s | %s | %d | %s | %d | %.2f | %s |\n", row.what, milliseconds(row.ours.took),
				row.ours.requests, milliseconds(row.kubectl.took), row.kubectl.requests, part, held)
		}
	}
	return out.String()
}

func milliseconds(value time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(value)/float64(time.Millisecond))
}

// insert puts the text between the markers of a page.
func insert(page, text string) error {
	content, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no %s and %s", page, begin, end)
	}
	return os.WriteFile(page, []byte(before+begin+"\n"+text+end+after), 0o644)
}
