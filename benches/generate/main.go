// Command generate writes the inputs of the benchmark: Neo4jBackup specs as many files and as one stream, the same
// specs as values of a Helm chart, and what our own render makes of them, cut into CronJobs for the tools that read
// Kubernetes objects.
//
// Every value follows from the number of the spec, so every machine measures the same bytes.
//
//	generate specs DIR COUNT            DIR/specs/*.yaml, DIR/specs.yaml, DIR/list.yaml, DIR/mistakes.yaml,
//	                                    DIR/values.yaml
//	generate chart DIR                  a chart that renders one ServiceAccount and one CronJob for each value
//	generate cronjobs DIR < RENDERED    DIR/cronjobs/*.yaml, DIR/cronjobs.yaml, DIR/kustomization.yaml
package main

import (
	"bufio"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

// The chart is a folder of ordinary files; "all:" keeps names that begin with an underscore.
//
//go:embed all:chart
var chart embed.FS

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 3 && arguments[0] == "specs":
		count, err := strconv.Atoi(arguments[2])
		if err != nil || count < 1 {
			return fmt.Errorf("COUNT must be a positive number, not %q", arguments[2])
		}
		return writeSpecs(arguments[1], count)
	case len(arguments) == 2 && arguments[0] == "chart":
		return writeChart(arguments[1])
	case len(arguments) == 2 && arguments[0] == "cronjobs":
		return writeCronJobs(arguments[1], os.Stdin)
	}
	return fmt.Errorf("usage: generate specs DIR COUNT | chart DIR | cronjobs DIR")
}

// backup is one spec of the fleet: a cluster in a namespace of its own. Specs differ wherever a real fleet's differ,
// and share neither folder nor account, so that no rule across documents can take a short cut.
type backup struct {
	Name, Role, Schedule, Zone, TempSize, ScheduleField string
}

func numbered(number int) backup {
	zones := [...]string{"Etc/UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"}
	name := fmt.Sprintf("graph-%05d", number)
	return backup{
		Name: name,
		Role: fmt.Sprintf("arn:aws:iam::%012d:role/%s", 100000000000+number/100, name),
		// From 04:00 on: no zone above moves its clocks then.
		Schedule:      fmt.Sprintf("%d %d * * *", number%60, 4+number%19),
		Zone:          zones[number%len(zones)],
		TempSize:      fmt.Sprintf("%dGi", 50+number%10*10),
		ScheduleField: "schedule",
	}
}

var spec = template.Must(template.New("spec").Parse(`# Saves every database of {{.Name}} once a day.
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata:
  name: {{.Name}}
  namespace: {{.Name}}
spec:
  target:
    kind: Cluster
    name: {{.Name}}
  {{.ScheduleField}}: "{{.Schedule}}"
  timeZone: {{.Zone}}
  storage:
    type: s3
    bucket: {{.Name}}-backups
    path: daily
    cloud:
      provider: aws
      region: eu-central-1
      identity:
        autoCreate:
          annotations:
            eks.amazonaws.com/role-arn: {{.Role}}
  options:
    backupType: FULL
    compress: true
    tempStorage:
      size: {{.TempSize}}
`))

var values = template.Must(template.New("values").Parse(`  - name: {{.Name}}
    namespace: {{.Name}}
    role: {{.Role}}
    schedule: "{{.Schedule}}"
    timeZone: {{.Zone}}
    bucket: {{.Name}}-backups
    tempSize: {{.TempSize}}
`))

func writeSpecs(folder string, count int) error {
	files := filepath.Join(folder, "specs")
	if err := emptied(files); err != nil {
		return err
	}
	var stream, resources, mistakes, list strings.Builder
	resources.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n")
	list.WriteString("image: neo4j:5.26.12-enterprise\nservers: 3\nbackups:\n")
	for number := 1; number <= count; number++ {
		one := numbered(number)
		var text strings.Builder
		if err := spec.Execute(&text, one); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(files, one.Name+".yaml"), []byte(text.String()), 0o644); err != nil {
			return err
		}
		stream.WriteString("---\n" + text.String())
		resources.WriteString(item(text.String()))
		if err := values.Execute(&list, one); err != nil {
			return err
		}
		if number%10 == 0 {
			one.ScheduleField = "shedule"
		}
		mistakes.WriteString("---\n")
		if err := spec.Execute(&mistakes, one); err != nil {
			return err
		}
	}
	resources.WriteString("functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: render\n" +
		"  data:\n    image: neo4j:5.26.12-enterprise\n    servers: \"3\"\n")
	for name, text := range map[string]string{
		"specs.yaml": stream.String(), "list.yaml": resources.String(), "mistakes.yaml": mistakes.String(), "values.yaml": list.String(),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// item writes a document as kustomize hands it to a function: an item of a list, with the annotations that tell where it
// comes from.
func item(document string) string {
	document = strings.Replace(document, "metadata:\n", "metadata:\n  annotations:\n    config.kubernetes.io/index: '0'\n"+
		"    internal.config.kubernetes.io/index: '0'\n", 1)
	var out strings.Builder
	first := true
	for line := range strings.Lines(document) {
		switch {
		case strings.HasPrefix(line, "#"):
			out.WriteString(line)
		case first:
			out.WriteString("- " + line)
			first = false
		default:
			out.WriteString("  " + line)
		}
	}
	return out.String()
}

func writeChart(folder string) error {
	if err := emptied(folder); err != nil {
		return err
	}
	return fs.WalkDir(chart, "chart", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(folder, strings.TrimPrefix(path, "chart"))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := chart.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}

// writeCronJobs keeps the CronJobs of a rendered stream, byte for byte. Our stream has "---" on a line of its own
// between documents and nowhere else.
func writeCronJobs(folder string, rendered io.Reader) error {
	files := filepath.Join(folder, "cronjobs")
	if err := emptied(files); err != nil {
		return err
	}
	var stream, kustomization, document strings.Builder
	kustomization.WriteString("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n")
	count := 0
	flush := func() error {
		text := document.String()
		document.Reset()
		if !strings.Contains(text, "\nkind: CronJob\n") {
			return nil
		}
		count++
		name := fmt.Sprintf("cronjob-%05d.yaml", count)
		stream.WriteString("---\n" + text)
		kustomization.WriteString("- cronjobs/" + name + "\n")
		return os.WriteFile(filepath.Join(files, name), []byte(text), 0o644)
	}
	lines := bufio.NewReader(rendered)
	for {
		line, err := lines.ReadString('\n')
		if line == "---\n" {
			if err := flush(); err != nil {
				return err
			}
		} else {
			document.WriteString(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if count == 0 {
		return fmt.Errorf("no CronJob on standard input")
	}
	if err := os.WriteFile(filepath.Join(folder, "cronjobs.yaml"), []byte(stream.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(kustomization.String()), 0o644)
}

// emptied makes a folder that holds nothing of an earlier run.
func emptied(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.MkdirAll(folder, 0o755)
}
