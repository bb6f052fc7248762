package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// guessZone is the zone that this machine says it is in: TZ, then what
// /etc/localtime leads to, then /etc/timezone. Empty: it does not say, or says
// UTC, where nobody lives. root is put before the paths; empty but in tests.
func guessZone(getenv func(string) (string, bool), root string) string {
	var found []string
	if v, ok := getenv("TZ"); ok {
		found = append(found, strings.TrimPrefix(v, ":"))
	}
	if path, err := os.Readlink(filepath.Join(root, "/etc/localtime")); err == nil {
		found = append(found, path)
	}
	if text, err := os.ReadFile(filepath.Join(root, "/etc/timezone")); err == nil {
		found = append(found, strings.TrimSpace(string(text)))
	}
	for _, name := range found {
		if _, below, ok := strings.Cut(name, "zoneinfo/"); ok {
			name = below
		}
		if name = knownZone(name); name != "" && !isUTC(name) {
			return name
		}
	}
	return ""
}

func isUTC(name string) bool {
	switch strings.TrimPrefix(name, "Etc/") {
	case "UTC", "UCT", "GMT", "Universal", "Zulu", "Greenwich":
		return true
	}
	return false
}

// knownZone is a zone's name as the database has it, of one that may be
// written "europe/berlin" or "America/New York"; empty: there is none.
func knownZone(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "_")
	if text == "" || text == "Local" || !strings.Contains(text, "/") && !isUTC(text) {
		return "" // EST and the like know no summer
	}
	for _, name := range []string{text, capitals(text)} {
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	return ""
}

// capitals writes each word of a zone's name with a capital, but for the small
// words in names such as Africa/Dar_es_Salaam.
func capitals(text string) string {
	word := true
	name := strings.Map(func(r rune) rune {
		begins := word
		word = r == '/' || r == '_' || r == '-'
		if begins {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, text)
	for _, small := range []string{"_Es_", "-Au-", "_Of_"} {
		name = strings.ReplaceAll(name, small, strings.ToLower(small))
	}
	return name
}
