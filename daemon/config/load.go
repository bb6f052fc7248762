package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"

	"nightbell/notify"
)

const tooLarge = "is larger than 1 MiB; a configuration is a few kilobytes, so name that file"

// Load reads a configuration file. Its error is an *Error with everything
// that is wrong; for a file that cannot be read it wraps the reason.
func Load(path string, getenv func(string) (string, bool)) (*Config, error) {
	text, mode, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, mode, getenv)
}

// LoadWithoutChannels is Load for who sends nothing: it leaves the channels
// out, and whatever is wrong with them or with their secrets.
func LoadWithoutChannels(path string, getenv func(string) (string, bool)) (*Config, error) {
	text, mode, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f := newSource(path, text, mode, getenv)
	f.mute = true
	return f.parse()
}

// readFile reads a configuration, never more of it than it may have.
func readFile(path string) ([]byte, fs.FileMode, error) {
	unread := func(what string, err error) ([]byte, fs.FileMode, error) {
		return nil, 0, &Error{Problems: []string{path + ": " + what}, cause: err}
	}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unread(`there is no such file; make it with: nightbell init, or name another with --config`, err)
	case err != nil:
		return unread(unreadableText(err), err)
	}
	defer file.Close()
	stat, err := file.Stat()
	switch {
	case err != nil:
		return unread(unreadableText(err), err)
	case stat.IsDir():
		return unread(errFolder.Error(), errFolder)
	case stat.Size() > maxSize:
		return unread(tooLarge, nil)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	switch {
	case err != nil:
		return unread(unreadableText(err), err)
	case len(text) > maxSize:
		return unread(tooLarge, nil)
	}
	mode := stat.Mode()
	if runtime.GOOS == "windows" {
		mode &^= 0o077 // says nothing there about who may read
	}
	return text, mode, nil
}

// Parse reads the text of a configuration. path names it in every message
// and is where relative paths of secrets begin; mode is the file's, so that a
// secret everybody may read is noticed; getenv looks variables up, like
// os.LookupEnv. Besides the zone database and the files of secrets that the
// text names it reads nothing. Its error is an *Error.
func Parse(path string, text []byte, mode fs.FileMode, getenv func(string) (string, bool)) (*Config, error) {
	return newSource(path, text, mode, getenv).parse()
}

// source is a configuration that is not read yet.
type source struct {
	path      string
	text      []byte
	mode      fs.FileMode
	types     []notify.Type
	variables variables
	mute      bool // without its channels
}

func newSource(path string, text []byte, mode fs.FileMode, getenv func(string) (string, bool)) source {
	return source{path: path, text: text, mode: mode, types: notify.Types(), variables: variables{getenv, readSecret, filepath.Dir(path)}}
}

func (f source) parse() (*Config, error) {
	r := &report{file: f.path, places: map[string]place{}}
	text := bytes.TrimPrefix(f.text, []byte("\ufeff"))
	root := r.document(text)
	if root == nil {
		err := r.err()
		err.Data = looseData(text, f.variables)
		return nil, err
	}
	c := &Config{Path: f.path, Text: named(f.path, text), types: f.types}
	top := r.read("", "", root)
	c.Routine = r.routine(top)
	top.settings(c, f.variables)
	from := channelSource{f.types, f.variables, f.mode}
	c.Partner = top.partner(c.Reminders)
	if !f.mute {
		c.Channels = top.channels(from, &c.Partner)
	}
	c.Heartbeat = top.heartbeat(from, f.mute)
	c.House = top.homeAssistant(from, f.mute)
	c.BabyBuddy = top.babyBuddy(from, f.mute)
	r.secretsNotice()
	if err := r.err(); err != nil {
		err.Data = c.Data
		return nil, err
	}
	c.Notices = r.texts(r.notices)
	return c, nil
}

// dataLine finds the data folder in a file that is not YAML.
var dataLine = regexp.MustCompile(`(?m)^data:[ \t]+["']?([^"'#\r\n]*[^"'# \t\r\n])`)

// looseData is the data folder of a text that cannot be read as a whole.
func looseData(text []byte, variables variables) string {
	m := dataLine.FindSubmatch(text)
	if m == nil {
		return ""
	}
	folder, unset, err := variables.fill(string(m[1]))
	if err != nil || len(unset) > 0 || !filepath.IsAbs(folder) {
		return ""
	}
	return folder
}
