// Package exit holds the exit codes that the stand-in ends with (reference neo4j-admin.md §1.0 and
// pods.md §1).
package exit

import "fmt"

const (
	// OK: all that was asked for was done.
	OK = 0
	// Failed: failed, or a backup that succeeded with problems (neo4j-admin.md §1.1).
	Failed = 1
	// Usage: unknown option, bad value, missing argument (neo4j-admin.md §1.0).
	Usage = 64
	// Unhandled: an exception that nobody caught; a check that finds nothing to check (pods.md §1).
	Unhandled = 70
	// NoPermission: a file that may not be read or written (pods.md §1).
	NoPermission = 77
)

// Error is a failure with the code that the program ends with.
type Error struct {
	Code    int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
