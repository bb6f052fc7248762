package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// GoodName is the last good copy, in the data folder.
const GoodName = "last-good.yaml"

// goodMark begins the first line of a copy. The rest of that line is the
// quoted path of the file it was made from, where relative paths begin.
const goodMark = "# The last configuration that loaded, a copy of "

// named puts the line that names a file before its text, unless it has one.
func named(path string, text []byte) []byte {
	if bytes.HasPrefix(text, []byte(goodMark)) {
		return bytes.Clone(text)
	}
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	return fmt.Appendf(nil, "%s%s\n%s", goodMark, strconv.QuoteToASCII(path), text)
}

// original is the file that a copy was made from; "" when it does not say.
func original(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	quoted, ok := bytes.CutPrefix(line, []byte(goodMark))
	if !ok {
		return ""
	}
	path, err := strconv.Unquote(string(quoted))
	if err != nil {
		return ""
	}
	return path
}

// SaveGood keeps the Text of a configuration that loaded in the data folder,
// with mode 0600. The copy before it is replaced whole or not at all, also
// when the machine stops meanwhile.
func SaveGood(data string, text []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keeping a copy of the configuration in %s: %w", data, err)
		}
	}()
	// One daemon holds the folder, so one name is enough, and what a kill left
	// behind under it goes away here.
	part := filepath.Join(data, GoodName+".new")
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(part)
		}
	}()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(part, filepath.Join(data, GoodName)); err != nil {
		return err
	}
	return syncFolder(data)
}

// LoadGood loads the copy that SaveGood kept. Its Path is the copy's, so that
// messages name lines that can be looked at; relative paths of secrets begin
// where the original lay.
func LoadGood(data string, getenv func(string) (string, bool)) (*Config, error) {
	return loadGood(data, getenv, false)
}

// LoadGoodWithoutChannels is LoadGood for who sends nothing, as
// LoadWithoutChannels is Load.
func LoadGoodWithoutChannels(data string, getenv func(string) (string, bool)) (*Config, error) {
	return loadGood(data, getenv, true)
}

func loadGood(data string, getenv func(string) (string, bool), mute bool) (*Config, error) {
	path := filepath.Join(data, GoodName)
	text, mode, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f := newSource(path, text, mode, getenv)
	f.mute = mute
	if from := original(text); from != "" {
		f.variables.folder = filepath.Dir(from)
	}
	return f.parse()
}
