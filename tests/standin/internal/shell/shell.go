// Package shell is cypher-shell-standin: it takes the options that rendered pods give, connects to
// the address, and records the statement instead of running it. Cypher itself is tested against a
// real Neo4j (testcluster.md §3).
package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Record is one line of the record file.
type Record struct {
	Address    string   `json:"address"`
	Database   string   `json:"database"`
	Parameters []string `json:"parameters"`
	Statement  string   `json:"statement"`
}

// Run answers 0, or 1 for everything that goes wrong. cypher-shell's codes are not in the reference;
// that failure is not zero is all that the product relies on.
func Run(argv []string, stdin io.Reader, stdout, stderr io.Writer) int {
	record := Record{Address: os.Getenv("NEO4J_ADDRESS"), Database: os.Getenv("NEO4J_DATABASE")}
	user, password := os.Getenv("NEO4J_USERNAME"), os.Getenv("NEO4J_PASSWORD")
	var words []string
	for i := 0; i < len(argv); i++ {
		name, value, attached := strings.Cut(argv[i], "=")
		if !strings.HasPrefix(name, "-") {
			words = append(words, argv[i])
			continue
		}
		take := func() string {
			if !attached && i+1 < len(argv) {
				i++
				return argv[i]
			}
			return value
		}
		switch name {
		case "--database", "-d":
			record.Database = take()
		case "--address", "--uri", "-a":
			record.Address = take()
		case "--username", "-u":
			user = take()
		case "--password", "-p":
			password = take()
		case "--param", "-P":
			record.Parameters = append(record.Parameters, take())
		case "--format":
			if format := take(); format != "plain" && format != "verbose" && format != "auto" {
				fmt.Fprintf(stderr, "cypher-shell: error: argument --format: invalid choice: '%s' (choose from {AUTO,VERBOSE,PLAIN})\n", format)
				return 1
			}
		case "--non-interactive", "--fail-fast":
		default:
			fmt.Fprintf(stderr, "cypher-shell: error: unrecognized arguments: '%s'\n", argv[i])
			return 1
		}
	}
	if len(words) > 1 {
		fmt.Fprintf(stderr, "cypher-shell: error: unrecognized arguments: '%s'\n", words[1])
		return 1
	}
	if len(words) == 1 {
		record.Statement = words[0]
	} else if text, err := io.ReadAll(stdin); err == nil {
		record.Statement = string(text)
	}
	if user == "" || password == "" {
		fmt.Fprintln(stderr, "The client is unauthorized due to authentication failure.")
		return 1
	}
	if err := reach(record.Address); err != nil {
		fmt.Fprintf(stderr, "Unable to connect to %s, ensure the database is running and that there is a working network connection to it.\n", record.Address)
		return 1
	}
	line, err := json.Marshal(record)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintln(stdout, "stand-in, not executed: "+string(line))
	if dir := os.Getenv("STANDIN_RECORD_DIR"); dir != "" {
		f, err := os.OpenFile(filepath.Join(dir, "cypher.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err == nil {
			_, err = fmt.Fprintln(f, string(line))
			f.Close()
		}
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
	}
	return 0
}

func reach(address string) error {
	if !strings.Contains(address, "://") {
		address = "neo4j://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "7687")
	}
	c, err := net.DialTimeout("tcp", host, 10*time.Second)
	if err == nil {
		c.Close()
	}
	return err
}
