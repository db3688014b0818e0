package grammar

import (
	"fmt"
	"strings"

	"neo4j-backup.test/standin/internal/exit"
)

// Call is a command line that was understood.
type Call struct {
	Command     *Command
	Help        bool
	Values      map[string][]string // a bare flag or switch has "true" or "false"
	Positionals []string
}

// Value is the last value of an option, or "".
func (c *Call) Value(name string) string {
	if all := c.Values[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// Set says whether the option was given.
func (c *Call) Set(name string) bool { return len(c.Values[name]) > 0 }

// Bool is the value of a switch.
func (c *Call) Bool(name string, otherwise bool) bool {
	if !c.Set(name) {
		return otherwise
	}
	return strings.EqualFold(c.Value(name), "true")
}

// Parse reads a command line of the release. Every refusal is exit 64 (§1.0). The wording of
// "Unknown option" is the real one's (pods.md §1); the others are picocli's own and no contract.
func Parse(v Version, argv []string) (*Call, error) {
	if len(argv) < 2 {
		return nil, exit.Errorf(exit.Usage, "Missing required subcommand\n%s", overview(v))
	}
	var command *Command
	for i := range Commands {
		c := &Commands[i]
		if c.Words == [2]string{argv[0], argv[1]} && v.Has(c.Since) {
			command = c
		}
	}
	if command == nil {
		return nil, exit.Errorf(exit.Usage, "Unmatched arguments from index 0: '%s', '%s'\n%s", argv[0], argv[1], overview(v))
	}
	call := &Call{Command: command, Values: map[string][]string{}}
	usage := func(format string, args ...any) error {
		return exit.Errorf(exit.Usage, "%s\n%s", fmt.Sprintf(format, args...), command.Usage(v))
	}
	rest := argv[2:]
	for i := 0; i < len(rest); i++ {
		token := rest[i]
		if token == "-h" {
			token = "--help"
		}
		if !strings.HasPrefix(token, "-") || token == "-" {
			call.Positionals = append(call.Positionals, token)
			continue
		}
		name, text, attached := strings.Cut(token, "=")
		o := command.find(v, name)
		if o == nil {
			return nil, usage("Unknown option: '%s'", token)
		}
		if call.Set(name) && !o.Repeat {
			return nil, usage("option '%s' should be specified only once", name)
		}
		switch {
		case o.Kind == Bare && attached:
			return nil, usage("option '%s' should be specified without '%s' parameter", name, text)
		case (o.Kind == Bare || o.Kind == Switch) && !attached:
			text = "true"
		case o.Kind == Value && !attached:
			if i++; i >= len(rest) || strings.HasPrefix(rest[i], "--") {
				return nil, usage("Missing required parameter for option '%s' (<%s>)", name, o.Param)
			}
			text = rest[i]
		}
		if o.Kind != Optional && text == "" {
			return nil, usage("Missing required parameter for option '%s' (<%s>)", name, o.Param)
		}
		if o.Check != nil {
			if reason := o.Check(v, text); reason != "" {
				return nil, usage("Invalid value for option '%s': %s", name, reason)
			}
		}
		call.Values[name] = append(call.Values[name], text)
	}
	if call.Set("--help") {
		call.Help = true
		return call, nil
	}
	for _, name := range command.Required {
		if !call.Set(name) {
			return nil, usage("Missing required option: '%s=<path>'", name)
		}
	}
	if len(call.Positionals) < command.Min {
		return nil, usage("Missing required parameter: '%s'", command.Names)
	}
	if command.Max >= 0 && len(call.Positionals) > command.Max {
		return nil, usage("Unmatched argument at index %d: '%s'", command.Max, call.Positionals[command.Max])
	}
	return call, call.exclusions(usage)
}

// exclusions are the groups of the synopses: `A | B` and pairs.
func (c *Call) exclusions(usage func(string, ...any) error) error {
	switch c.Command.Words {
	case [2]string{"database", "backup"}:
		// §1.1: "--to-path required unless --inspect-path", "positionals required in practice".
		if !c.Set("--to-path") && !c.Set("--inspect-path") {
			return usage("Missing required option: '--to-path=<path>'")
		}
	case [2]string{"backup", "inspect"}:
		// §1.4: `--latest-backup` XOR `--latest-chain`.
		if c.Set("--latest-backup") && c.Set("--latest-chain") {
			return usage("Error: --latest-backup, --latest-chain are mutually exclusive (specify only one)")
		}
	case [2]string{"database", "check"}:
		// §1.6: [--from-path-data --from-path-txn] | [--from-path [--temp-path]].
		pair := c.Set("--from-path-data") || c.Set("--from-path-txn")
		if pair && (c.Set("--from-path") || c.Set("--temp-path")) {
			return usage("Error: [--from-path-data=<path> --from-path-txn=<path>] and [--from-path=<path> [--temp-path=<path>]] are mutually exclusive")
		}
		if c.Set("--from-path-data") != c.Set("--from-path-txn") {
			return usage("Error: Missing required argument(s): --from-path-data=<path> and --from-path-txn=<path>")
		}
		if c.Set("--temp-path") && !c.Set("--from-path") {
			return usage("Error: Missing required argument(s): --from-path=<path>")
		}
	}
	return nil
}

func (c *Command) find(v Version, name string) *Option {
	for _, list := range [][]Option{common, c.Options} {
		for i := range list {
			if list[i].Name == name && v.Has(list[i].Since) {
				return &list[i]
			}
		}
	}
	return nil
}

// Usage is the synopsis of a command in the release.
func (c *Command) Usage(v Version) string {
	var b strings.Builder
	fmt.Fprintf(&b, "USAGE\n\nneo4j-admin %s %s [-h]", c.Words[0], c.Words[1])
	for _, list := range [][]Option{common[1:], c.Options} {
		for _, o := range list {
			if !v.Has(o.Since) {
				continue
			}
			switch o.Kind {
			case Bare:
				fmt.Fprintf(&b, " [%s]", o.Name)
			case Switch:
				fmt.Fprintf(&b, " [%s[=true|false]]", o.Name)
			case Optional:
				fmt.Fprintf(&b, " [%s[=%s]]", o.Name, o.Param)
			default:
				fmt.Fprintf(&b, " [%s=<%s>]", o.Name, o.Param)
			}
		}
	}
	fmt.Fprintf(&b, " %s", c.Names)
	return b.String()
}

func overview(v Version) string {
	var b strings.Builder
	b.WriteString("USAGE\n")
	for _, c := range Commands {
		if v.Has(c.Since) {
			fmt.Fprintf(&b, "\nneo4j-admin %s %s", c.Words[0], c.Words[1])
		}
	}
	return b.String()
}
