package main

import (
	"os"
	"path/filepath"
	"strings"
)

// serviceCredentials is where systemd puts what LoadCredential= names, while
// the service runs (systemd.exec(5)).
const serviceCredentials = "/run/credentials/" + serviceUnit

// getenvFor is the environment for looking at a configuration that may be the
// service's. Whoever can read what systemd gives the service, which is root,
// finds the secrets that the service finds.
func (c *call) getenvFor(path string) func(string) (string, bool) {
	if unitNote(installedUnit(), unitConfigNote) != path {
		return c.getenv
	}
	return environmentFrom(filepath.Join(filepath.Dir(path), "environment"), credentialsFrom(serviceCredentials, c.getenv))
}

// credentialsFrom adds a folder of credentials to an environment that names
// none, where that can be looked at.
func credentialsFrom(folder string, getenv func(string) (string, bool)) func(string) (string, bool) {
	if _, err := os.ReadDir(folder); err != nil {
		return getenv
	}
	return func(name string) (string, bool) {
		if v, ok := getenv(name); ok || name != "CREDENTIALS_DIRECTORY" {
			return v, ok
		}
		return folder, true
	}
}

// environmentFrom adds the variables of a unit's EnvironmentFile=, which come
// after the environment's own: NAME=value a line, the value in quotes or not.
// Escapes and values of several lines, which systemd knows as well, no secret
// of a push service needs.
func environmentFrom(file string, getenv func(string) (string, bool)) func(string) (string, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return getenv
	}
	set := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		value = strings.TrimSpace(value)
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		set[strings.TrimSpace(name)] = value
	}
	return func(name string) (string, bool) {
		if v, ok := getenv(name); ok {
			return v, ok
		}
		v, ok := set[name]
		return v, ok
	}
}
