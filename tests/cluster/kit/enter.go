package kit

import (
	"flag"
	"strings"
)

// List is a flag that may be given several times.
type List []string

// String is the list in one line.
func (l *List) String() string { return strings.Join(*l, ",") }

// Set adds a value.
func (l *List) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// Up reads the arguments of a supervisor. The first time it cleans up after others, makes the state folder and goes into a
// network namespace of its own; there it begins again, and returns that folder.
func Up(arguments []string, define func(*flag.FlagSet)) (*State, error) {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	base := flags.String("state", "", "folder below which the state folder is made, and those of ended clusters are removed")
	name := flags.String("name", "cluster", "what the state folder's name begins with")
	inside := flags.String("inside", "", "the state folder, once in the network namespace")
	define(flags)
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if *inside != "" {
		return OpenState(*inside), nil
	}
	if err := RemoveLeftovers(*base); err != nil {
		return nil, err
	}
	state, err := NewState(*base, *name)
	if err != nil {
		return nil, err
	}
	err = state.EnterNetwork(append([]string{"up", "--inside", state.Dir}, arguments...)...)
	// Only a failure comes back.
	_ = state.Remove()
	return nil, err
}
