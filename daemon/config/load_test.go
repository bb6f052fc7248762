package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreNoConfiguration(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large")
	write(t, large, "")
	if err := os.Truncate(large, 10<<20); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		rule, path, want string
		is               error
	}{
		{"a file that is not there", filepath.Join(folder, "gone"), `there is no such file; make it with: nightbell init, or name another with --config`, fs.ErrNotExist},
		{"a folder", folder, "is a folder; name a file in it", nil},
		{"a file of 10 MiB", large, "is larger than 1 MiB; a configuration is a few kilobytes, so name that file", nil},
		{"a way through a file", filepath.Join(large, "x"), "cannot be read: not a directory; name a file that can", syscall.ENOTDIR},
		{"a device that never ends", "/dev/zero", "is larger than 1 MiB; a configuration is a few kilobytes, so name that file", nil},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if runtime.GOOS == "windows" && (row.is == syscall.ENOTDIR || strings.HasPrefix(row.path, "/dev")) {
				t.Skip("a file of Unix")
			}
			c, err := Load(row.path, environment(nil))
			var e *Error
			if c != nil || !errors.As(err, &e) {
				t.Fatalf("got %v and %v, want an *Error", c, err)
			}
			compare(t, e.Problems, []string{row.path + ": " + row.want})
			if row.is != nil && !errors.Is(err, row.is) {
				t.Errorf("the error does not wrap %v", row.is)
			}
		})
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	const want = "cannot be read: permission denied; let this user read it, such as with chgrp nightbell and chmod 640"
	if got := unreadableText(&fs.PathError{Op: "open", Path: "n.yaml", Err: syscall.EACCES}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		return // root and Windows read it all the same
	}
	path := filepath.Join(t.TempDir(), "n.yaml")
	write(t, path, zoneLine)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path, environment(nil))
	if err == nil || err.Error() != path+": "+want {
		t.Errorf("got %v", err)
	}
}

func TestLoadNoticesWhoMayRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a mode says nothing there")
	}
	path := filepath.Join(t.TempDir(), "n.yaml")
	key := strings.Repeat("k", 30)
	write(t, path, zoneLine+"channels:\n- {name: p, type: pushover, token: "+key+", user: "+key+"}\n")
	for mode, want := range map[fs.FileMode]int{0o600: 0, 0o640: 0, 0o644: 1, 0o604: 1} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, environment(nil))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Notices) != want {
			t.Errorf("mode %o: got %d notices, want %d: %v", mode, len(c.Notices), want, c.Notices)
		}
	}
}

func TestSecretsAreReadFromRealFiles(t *testing.T) {
	folder, credentials := t.TempDir(), t.TempDir()
	key := strings.Repeat("k", 30)
	write(t, filepath.Join(folder, "user"), key+"\n")
	write(t, filepath.Join(credentials, "token"), key)
	path := filepath.Join(folder, "n.yaml")
	write(t, path, zoneLine+"channels:\n- {name: p, type: pushover, token_file: token, user_file: user}\n")
	c, err := Load(path, environment(map[string]string{"CREDENTIALS_DIRECTORY": credentials}))
	if err != nil {
		t.Fatal(err)
	}
	if v := c.Channels[0].Values; v["token"] != key || v["user"] != key {
		t.Error("the secrets are not those of the files")
	}
	write(t, path, zoneLine+"channels:\n- {name: p, type: pushover, token_file: .., user_file: /dev/zero}\n")
	_, err = Load(path, environment(nil))
	want := path + ":3: channels[0].token_file: the file it names is a folder; name a file in it\n" +
		path + ":3: channels[0].user_file: the file it names is not a file of text; name one"
	if runtime.GOOS != "windows" && (err == nil || err.Error() != want) {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestTheLastGoodCopy(t *testing.T) {
	home, data := t.TempDir(), t.TempDir()
	key := strings.Repeat("k", 30)
	write(t, filepath.Join(home, "key"), key)
	path := filepath.Join(home, "night\nbell.yaml")
	if runtime.GOOS == "windows" {
		path = filepath.Join(home, "nightbell.yaml")
	}
	write(t, path, "\ufeff"+zoneLine+"units: oz\nchannels:\n- {name: p, type: pushover, token_file: key, user: \"${USER_KEY}\"}\n")
	getenv := environment(map[string]string{"USER_KEY": key})
	c, err := Load(path, getenv)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(data, "last-good.yaml")
	write(t, copied+".new", "what a kill left behind")
	for round := range 2 {
		if err := SaveGood(data, c.Text); err != nil {
			t.Fatal(err)
		}
		again, err := LoadGood(data, getenv)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(settings(again), settings(c)) || !reflect.DeepEqual(again.Channels, c.Channels) {
			t.Errorf("round %d: the copy differs: %#v", round, settings(again))
		}
		if again.Path != copied {
			t.Errorf("round %d: its path is %s, want %s", round, again.Path, copied)
		}
		c = again // a copy of a copy still knows the original
	}
	names, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil || !reflect.DeepEqual(names, []string{copied}) {
		t.Errorf("the folder holds %v (%v), want the copy alone", names, err)
	}
	if stat, err := os.Stat(copied); err != nil || runtime.GOOS != "windows" && stat.Mode().Perm() != 0o600 {
		t.Errorf("the copy's mode is %v (%v), want 0600", stat.Mode(), err)
	}
}

func TestTheCopyOfAFileWithARelativePath(t *testing.T) {
	data := t.TempDir()
	t.Chdir(t.TempDir())
	key := strings.Repeat("k", 30)
	write(t, "key", key)
	write(t, "n.yaml", zoneLine+"channels:\n- {name: p, type: pushover, token_file: key, user_file: key}\n")
	c, err := Load("n.yaml", environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := SaveGood(data, c.Text); err != nil {
		t.Fatal(err)
	}
	t.Chdir("/")
	if _, err := LoadGood(data, environment(nil)); err != nil {
		t.Errorf("from another folder: %v", err)
	}
}

func TestTheLastGoodCopyThatIsNot(t *testing.T) {
	data := t.TempDir()
	if _, err := LoadGood(data, environment(nil)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a copy: got %v", err)
	}
	if err := SaveGood(filepath.Join(data, "gone"), []byte(zoneLine)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a folder: got %v", err)
	}
	if err := SaveGood(data, []byte(zoneLine+"units: ml\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadGood(data, environment(nil)); err != nil {
		t.Errorf("a copy without a name of its original: %v", err)
	}
	write(t, filepath.Join(data, "last-good.yaml"), goodMark+"\"torn\n"+zoneLine+"units: cups\n")
	_, err := LoadGood(data, environment(nil))
	want := filepath.Join(data, "last-good.yaml") + `:3: units: "cups" is not one of its words; write ml or oz`
	if err == nil || err.Error() != want {
		t.Errorf("a copy that was changed: got %v, want %v", err, want)
	}
}

func TestACopyThatCannotReplaceLeavesTheOldOne(t *testing.T) {
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "last-good.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := SaveGood(data, []byte(zoneLine))
	if err == nil || !strings.HasPrefix(err.Error(), "keeping a copy of the configuration in "+data+": ") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "last-good.yaml.new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the part is left behind: %v", err)
	}
}

func TestAnErrorStillKnowsTheDataFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are those of Unix")
	}
	for _, row := range []struct{ rule, text, want string }{
		{"beside another problem", zoneLine + "units: cups\ndata: /srv/night\n", "/srv/night"},
		{"in a file that is not YAML", zoneLine + "units: [\ndata: /srv/night  # here\n", "/srv/night"},
		{"in quotes", "units: [\ndata: \"/srv/a night\"\r\n", "/srv/a night"},
		{"with a variable", "units: [\ndata: ${HOME}/night\n", "/home/night"},
		{"with a variable that is not set", "units: [\ndata: ${NOWHERE}/night\n", ""},
		{"a relative one is none", zoneLine + "data: night\n", ""},
		{"of another key", "units: [\nmydata: /srv/night\n  data: /srv/night\n", ""},
		{"none", "", ""},
	} {
		t.Run(row.rule, func(t *testing.T) {
			_, err := Parse("n.yaml", []byte(row.text), 0o600, environment(map[string]string{"HOME": "/home"}))
			var e *Error
			if !errors.As(err, &e) || e.Data != row.want {
				t.Errorf("got %q from %v, want %q", e.Data, err, row.want)
			}
		})
	}
}
