package main

import (
	"path/filepath"
	"testing"
)

func TestWhereCredentialsAreLookedFor(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ rule, folder, given, want string }{
		{"those of the running service, where they can be seen", folder, "", folder},
		{"those that the environment names come first", folder, "/run/other", "/run/other"},
		{"none where they cannot be seen", filepath.Join(folder, "none"), "", ""},
	} {
		getenv := credentialsFrom(c.folder, func(name string) (string, bool) {
			return c.given, c.given != "" && name == "CREDENTIALS_DIRECTORY"
		})
		if got, _ := getenv("CREDENTIALS_DIRECTORY"); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
		if got, ok := getenv("HOME"); ok {
			t.Errorf("%s: HOME is %q", c.rule, got)
		}
	}
}

func TestTheServicesVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "environment")
	writeFile(t, file, "# tokens\n;NOT=this\nPLAIN=a token\n  SPACED = b \nQUOTED=\"c d\"\nSINGLE='e'\nEQUALS=f=g\nHALF=\"h\nEMPTY=\nnothing\nGIVEN=file\n")
	getenv := environmentFrom(file, func(name string) (string, bool) { return "shell", name == "GIVEN" })
	for _, c := range []struct {
		rule, name, want string
		set              bool
	}{
		{"a value as it stands", "PLAIN", "a token", true},
		{"space around it is no part of it", "SPACED", "b", true},
		{"nor are quotes", "QUOTED", "c d", true},
		{"of either kind", "SINGLE", "e", true},
		{"a value may hold an equals sign", "EQUALS", "f=g", true},
		{"a quote that does not end stays", "HALF", "\"h", true},
		{"an empty one is set", "EMPTY", "", true},
		{"the environment comes first", "GIVEN", "shell", true},
		{"a comment sets nothing", "NOT", "", false},
		{"a line without a value sets nothing", "nothing", "", false},
		{"what the file does not name", "OTHER", "", false},
	} {
		if got, set := getenv(c.name); got != c.want || set != c.set {
			t.Errorf("%s: %q, %v, want %q, %v", c.rule, got, set, c.want, c.set)
		}
	}
	if got, set := environmentFrom(file+".none", func(string) (string, bool) { return "shell", true })("PLAIN"); got != "shell" || !set {
		t.Errorf("without the file it is %q, %v", got, set)
	}
}
