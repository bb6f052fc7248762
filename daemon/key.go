package daemon

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// keyFile holds the secret that the keys of pushes are made from.
const keyFile = "keys.secret"

// keyLife is how long a key outlives its reminder (daemon.md, Keys in pushes).
const keyLife = time.Hour

// Secret makes the keys of pushes: one for each button of each reminder. The
// zero Secret makes none, and trusts none.
type Secret []byte

// LoadSecret reads the secret of a data folder, and makes it at the first run
// (256 bits, mode 0600).
func LoadSecret(dir string) (Secret, error) {
	file := filepath.Join(dir, keyFile)
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeSecret(file)
	case err != nil:
		return nil, fmt.Errorf("read the secret of the buttons: %w", err)
	case len(text) != sha256.Size:
		return nil, fmt.Errorf("the secret of the buttons, %s, has %d bytes instead of %d; take the file away, and a new one is made (buttons that are out then answer no more)", file, len(text), sha256.Size)
	}
	return text, nil
}

func makeSecret(file string) (Secret, error) {
	s := make(Secret, sha256.Size)
	rand.Read(s)
	// Whole or not at all: a torn secret would stay torn.
	next := file + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the secret of the buttons: %w", err)
	}
	_, err = f.Write(s)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(next, file)
	}
	if err != nil {
		return nil, fmt.Errorf("make the secret of the buttons: %w", err)
	}
	return s, nil
}

// key proves that whoever brings it was sent this button: 128 bits in
// base64url, of the reminder and the action.
func (s Secret) key(reminder, action string) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(reminder + "/" + action))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// answerOf is the line a button sends back: reminder/action/key.
func (s Secret) answerOf(reminder, action string) string {
	return reminder + "/" + action + "/" + s.key(reminder, action)
}

// open finds the reminder that a key opens at now. A key that is forged,
// unknown or too old opens nothing.
func (s Secret) open(state *State, reminder, action, key string, now time.Time) (*journal.Reminder, error) {
	if len(s) == 0 || !hmac.Equal([]byte(key), []byte(s.key(reminder, action))) {
		return nil, web.WrongKey("this link opens nothing")
	}
	r := state.reminder(reminder)
	if r == nil || !r.Closed.IsZero() && now.Sub(lastSeen(*r)) > keyLife {
		return nil, web.NotFound("this link has had its time; use the page or the commands")
	}
	return r, nil
}

// lastSeen is when a closed reminder may last have come to a phone. What is
// parked comes at its time although a newer plan replaced it, when the line
// that was to take it back is down.
func lastSeen(r journal.Reminder) time.Time {
	if kindOf(r.Kind).parked {
		return later(r.Closed, r.Due.Add(parkedAfter))
	}
	return r.Closed
}

// proves tells whether a line holds a true key of some reminder, whatever has
// become of that one since. It needs nothing but the secret, and costs 1 µs.
func (s Secret) proves(line string) bool {
	reminder, action, key, ok := split(line)
	_, known := buttonOf(action)
	return ok && known && len(s) > 0 && hmac.Equal([]byte(key), []byte(s.key(reminder, action)))
}

// The answers that a push carries as buttons, the most wanted first. asking is
// the one that only shows the others.
const asking = "answer"

// button is one row of the table of buttons.
type button struct {
	action string // in the key
	label  string
	what   web.What
	length time.Duration
}

func buttons() []button {
	return []button{
		{"start", "Starting", web.Start, 0},
		{"done", "Done", web.Done, 0},
		{"snooze", "Snooze 10", web.Snooze, snoozeDefault},
		{"skip", "Not this one", web.Skip, 0},
		{"heard", "Stop ringing", web.Heard, 0},
	}
}

// buttonOf returns the row of an action.
func buttonOf(action string) (button, bool) {
	for _, b := range buttons() {
		if b.action == action {
			return b, true
		}
	}
	return button{}, false
}

// split takes a button's line apart.
func split(line string) (reminder, action, key string, ok bool) {
	parts := strings.Split(line, "/")
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}
