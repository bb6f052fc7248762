package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who only reads the routine is not asked for the channels' secrets.
func TestWithoutChannels(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "config.yaml")
	unset := func(string) (string, bool) { return "", false }
	const text = "timezone: Europe/Berlin\nroutine: {target: 9}\nchannels: [{name: phone, type: pushover, token: '${T}', user: '${U}'}]\n"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	if _, err := Load(path, unset); err == nil {
		t.Error("Load took variables that are not set")
	}
	c, err := LoadWithoutChannels(path, unset)
	if err != nil || c.Routine.Target != 9 || len(c.Channels) != 0 {
		t.Errorf("%+v, %v; want the routine and no channel", c, err)
	}
	if err := SaveGood(folder, c.Text); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadGood(folder, unset); err == nil {
		t.Error("LoadGood took variables that are not set")
	}
	if c, err = LoadGoodWithoutChannels(folder, unset); err != nil || c.Routine.Target != 9 {
		t.Errorf("the copy: %+v, %v; want the routine", c, err)
	}
	write(strings.Replace(text, "target: 9", "target: many", 1))
	if _, err = LoadWithoutChannels(path, unset); err == nil || !strings.Contains(err.Error(), "config.yaml:2: ") {
		t.Errorf("%v; want every other problem all the same", err)
	}
}
