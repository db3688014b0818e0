package grammar

// Kind is how an option takes its value.
type Kind int

const (
	// Bare takes none.
	Bare Kind = iota
	// Switch is --x, --x=true or --x=false; never a separate token (§1.0, arity 0..1).
	Switch
	// Value needs one.
	Value
	// Optional takes one behind '=' or none.
	Optional
)

// Option is one option of a command.
type Option struct {
	Name   string
	Kind   Kind
	Since  Version
	Check  func(Version, string) string // a reason when the value is refused, else ""
	Repeat bool
	Param  string // how the usage text names the value
}

// Command is one command with its positionals.
type Command struct {
	Words    [2]string
	Since    Version
	Options  []Option
	Min, Max int // positionals; Max < 0 is any number
	Required []string
	Names    string // how the usage text names the positionals
}

func bare(name string, since ...Version) Option   { return option(name, Bare, "", nil, since) }
func toggle(name string, since ...Version) Option { return option(name, Switch, "", boolean, since) }
func value(name, param string, since ...Version) Option {
	return option(name, Value, param, nil, since)
}
func checked(name, param string, check func(Version, string) string, since ...Version) Option {
	return option(name, Value, param, check, since)
}

func option(name string, kind Kind, param string, check func(Version, string) string, since []Version) Option {
	o := Option{Name: name, Kind: kind, Param: param, Check: check}
	if len(since) > 0 {
		o.Since = since[0]
	}
	return o
}

func repeated(o Option) Option { o.Repeat = true; return o }

// common options of every command (§1.0).
var common = []Option{
	bare("--help"), bare("--verbose"), bare("--expand-commands"), value("--additional-config", "file"),
}

var tempPath = Version{5, 24}

// Commands are §1.1 to §1.9; the gates are the matrix of §1.10.
var Commands = []Command{
	{ // §1.1
		Words: [2]string{"database", "backup"}, Max: -1, Names: "[<database>...]",
		Options: []Option{
			repeated(checked("--from", "host:port[,<host:port>...]", addresses)),
			value("--to-path", "path"),
			value("--temp-path", "path", tempPath),
			checked("--type", "type", oneOf("FULL", "DIFF", "AUTO")),
			toggle("--compress"), toggle("--keep-failed"), toggle("--parallel-recovery"),
			checked("--include-metadata", "none|all|users|roles", metadata),
			value("--inspect-path", "path"),
			checked("--pagecache", "size", size),
			bare("--prefer-diff-as-parent", Version{2025, 4}),
			toggle("--remote-address-resolution", Version{2025, 9}),
			toggle("--parallel-download", Version{2025, 11}),
			toggle("--skip-recovery", Version{2025, 11}),
		},
	},
	{ // §1.2
		Words: [2]string{"database", "restore"}, Max: 1, Names: "[<database>]", Required: []string{"--from-path"},
		Options: []Option{
			value("--from-path", "path[,<path>...]"),
			{Name: "--source-database", Kind: Optional, Since: Version{2025, 2}, Param: "source-database-name"},
			toggle("--overwrite-destination"),
			checked("--restore-until", "recovery-criteria", restoreUntil),
			value("--temp-path", "path", tempPath),
			value("--to-path-data", "path"), value("--to-path-txn", "path"),
		},
	},
	{Words: [2]string{"database", "aggregate-backup"}, Max: 1, Names: "[<database>]", Required: []string{"--from-path"}, Options: aggregate}, // §1.3
	{Words: [2]string{"backup", "aggregate"}, Max: 1, Since: Version{2025, 1}, Names: "[<database>]", Required: []string{"--from-path"}, Options: aggregate},
	{ // §1.4
		Words: [2]string{"backup", "inspect"}, Since: Version{5, 25}, Min: 1, Max: 1, Names: "<backup-path>",
		Options: []Option{
			bare("--empty"), bare("--latest-backup"), bare("--latest-chain"), bare("--show-metadata"),
			value("--database", "database"), checked("--format", "JSON|TABULAR", oneOf("JSON", "TABULAR")),
		},
	},
	{ // §1.6
		Words: [2]string{"database", "check"}, Min: 1, Max: 1, Names: "<database>",
		Options: []Option{
			bare("--force"), toggle("--check-counts"), toggle("--check-graph"), toggle("--check-indexes"),
			toggle("--check-property-owners"), checked("--max-off-heap-memory", "size", sizeOrShare),
			value("--report-path", "path"), checked("--threads", "number of threads", number),
			value("--from-path-data", "path"), value("--from-path-txn", "path"),
			value("--from-path", "path"), value("--temp-path", "path"),
		},
	},
}

var aggregate = []Option{
	toggle("--keep-old-backup"), toggle("--parallel-recovery"), value("--from-path", "path"),
	value("--temp-path", "path", tempPath),
}
