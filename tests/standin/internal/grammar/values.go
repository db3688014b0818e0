package grammar

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

func boolean(_ Version, text string) string {
	if strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
		return ""
	}
	return "'" + text + "' is not a boolean"
}

// oneOf: enum values are case-insensitive (§1.0).
func oneOf(words ...string) func(Version, string) string {
	return func(_ Version, text string) string {
		for _, word := range words {
			if strings.EqualFold(word, text) {
				return ""
			}
		}
		return "expected one of [" + strings.Join(words, ", ") + "] (case-insensitive) but was '" + text + "'"
	}
}

// metadata: the form users=a,b came with 2025.10 (§1.1).
func metadata(v Version, text string) string {
	if len(text) > 6 && strings.EqualFold(text[:6], "users=") && v.Has(Version{2025, 10}) {
		return ""
	}
	return oneOf("none", "all", "users", "roles")(v, text)
}

var sizes = regexp.MustCompile(`(?i)^[0-9]+(\.[0-9]+)?([kmgtpe](i?b)?|b)?$`)

func size(_ Version, text string) string {
	if sizes.MatchString(text) {
		return ""
	}
	return "'" + text + "' is not a valid size, must be e.g. 10, 5K, 1M, 11G"
}

func sizeOrShare(v Version, text string) string {
	if share, ok := strings.CutSuffix(text, "%"); ok {
		if n, err := strconv.Atoi(share); err == nil && n >= 0 && n <= 100 {
			return ""
		}
		return "'" + text + "' is not a percentage"
	}
	return size(v, text)
}

func number(_ Version, text string) string {
	if _, err := strconv.ParseUint(text, 10, 31); err != nil {
		return "'" + text + "' is not an int"
	}
	return ""
}

var address = regexp.MustCompile(`^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:([0-9]{1,5}))?$`)

func addresses(_ Version, text string) string {
	for _, one := range strings.Split(text, ",") {
		if !address.MatchString(one) {
			return "'" + one + "' is not <host:port>"
		}
	}
	return ""
}

// RestoreUntil reads a transaction id or `yyyy-MM-dd HH:mm:ss` in UTC; RFC 3339 is refused (§1.2).
func RestoreUntil(text string) (tx uint64, moment time.Time, ok bool) {
	if n, err := strconv.ParseUint(text, 10, 63); err == nil {
		return n, time.Time{}, true
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04:05", text, time.UTC); err == nil {
		return 0, t, true
	}
	return 0, time.Time{}, false
}

func restoreUntil(_ Version, text string) string {
	if _, _, ok := RestoreUntil(text); ok {
		return ""
	}
	return "'" + text + "' is neither a transaction id nor yyyy-MM-dd HH:mm:ss"
}
