// Package grammar is the command line of neo4j-admin, release by release, written from the reference
// (neo4j-admin.md §1) and from nothing of the product under test: where the two differ, a test fails.
package grammar

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a release: 5.26.12 or 2025.10.1. Numbers compare as they stand (neo4j-admin.md §7).
type Version [3]int

// ParseVersion reads "5.26.33" or "2025.10.1".
func ParseVersion(text string) (Version, error) {
	var v Version
	parts := strings.Split(strings.TrimSpace(text), ".")
	if len(parts) < 2 || len(parts) > 3 {
		return v, fmt.Errorf("not a version: %q", text)
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil {
			return v, fmt.Errorf("not a version: %q", text)
		}
		v[i] = n
	}
	return v, nil
}

// Has says whether the release is the given one or a later one; zero means every release.
func (v Version) Has(since Version) bool {
	for i := range v {
		if v[i] != since[i] {
			return v[i] > since[i]
		}
	}
	return true
}

func (v Version) String() string {
	if v[0] >= 2025 {
		return fmt.Sprintf("%d.%02d.%d", v[0], v[1], v[2])
	}
	return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2])
}
