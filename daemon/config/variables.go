package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// variables are what a value of the file may be filled in with.
type variables struct {
	getenv func(string) (string, bool)
	read   func(path string) ([]byte, error) // reads a secret's file
	folder string                            // of the configuration: where a relative path begins
}

// variablePattern finds what is filled in: a name in braces, or the dollar
// that keeps one from being filled in.
var variablePattern = regexp.MustCompile(`\$\$\{|\$\{[^}]*\}?`)

var variableName = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

var errVariable = errors.New("holds a ${ that begins no variable; write ${NAME} with letters, digits and _, or $${ for a plain ${")

// fill puts the values of variables in the place of ${NAME}. It returns the
// names of those that are not set; an empty one counts as such, because that
// is how files of variables leave one out. $${ stands for a plain ${.
func (v variables) fill(text string) (filled string, unset []string, err error) {
	filled = variablePattern.ReplaceAllStringFunc(text, func(part string) string {
		if part == "$${" {
			return "${"
		}
		m := variableName.FindStringSubmatch(part)
		if m == nil {
			err = errVariable
			return part
		}
		set, _ := v.getenv(m[1])
		if set == "" {
			unset = append(unset, m[1])
		}
		return set
	})
	return filled, unset, err
}

// expand fills in the value of a key for which every variable has to be set.
func (r *report) expand(key, text string, v variables) (string, bool) {
	filled, unset, err := v.fill(text)
	switch {
	case err != nil:
		r.problem(key, "%v", err)
	case len(unset) > 0:
		r.problem(key, "%s not set; set the variable or write the value here", areVariables(unset))
	default:
		return filled, true
	}
	return "", false
}

// areVariables begins a sentence about variables: "A and B are".
func areVariables(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return oneAndOther(names) + " are"
}

// oneAndOther is a list of at least one name as people write it.
func oneAndOther(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// maxSecret bounds a secret's file, in bytes: keys and tokens have tens of
// characters, and a certificate is not one of them.
const maxSecret = 4 << 10

// secret reads a secret from its file. A relative path is looked for among
// systemd's credentials first, then beside the configuration. No error holds
// anything of the file's text, nor the path: that may be the secret itself,
// written under the wrong key.
func (v variables) secret(path string) (string, error) {
	text, err := v.read(v.find(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("the file it names is not there; name one that holds the secret, with its full path or beside this configuration")
	case err != nil:
		return "", fmt.Errorf("the file it names %s", unreadableText(err))
	}
	secret := strings.TrimSpace(string(text))
	switch {
	case len(text) > maxSecret:
		return "", errors.New("the file it names is larger than 4 KiB; it holds the secret alone, on one line")
	case secret == "":
		return "", errors.New("the file it names is empty; write the secret into it, on one line")
	case !utf8.ValidString(secret) || strings.ContainsFunc(secret, unicode.IsControl):
		return "", errors.New("the file it names holds more than one line of text; it holds the secret alone, on one line")
	}
	return secret, nil
}

// find is where a secret's file lies.
func (v variables) find(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	if folder, _ := v.getenv("CREDENTIALS_DIRECTORY"); folder != "" {
		credential := filepath.Join(folder, path)
		if _, err := v.read(credential); !errors.Is(err, fs.ErrNotExist) {
			return credential
		}
	}
	return filepath.Join(v.folder, path)
}

// errFolder and errSpecial say that a path names no file of text.
var (
	errFolder  = errors.New("is a folder; name a file in it")
	errSpecial = errors.New("is not a file of text; name one")
)

// readSecret reads at most one byte more than a secret may have. Devices and
// pipes are refused, because reading one may never end.
func readSecret(path string) ([]byte, error) {
	stat, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case stat.IsDir():
		return nil, errFolder
	case !stat.Mode().IsRegular():
		return nil, errSpecial
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSecret+1))
}

// unreadableText says why a file could not be read and what to do.
func unreadableText(err error) string {
	switch {
	case errors.Is(err, errFolder), errors.Is(err, errSpecial):
		return err.Error()
	case errors.Is(err, fs.ErrPermission):
		return "cannot be read: permission denied; let this user read it, such as with chgrp nightbell and chmod 640"
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Sprintf("cannot be read: %v; name a file that can", err)
}
