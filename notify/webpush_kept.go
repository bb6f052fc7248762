package notify

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/SherClockHolmes/webpush-go"
)

// Subscriber is a Channel to which browsers subscribe.
type Subscriber interface {
	// PublicKey is what a browser subscribes with; made at first use.
	PublicKey() (string, error)
	// Subscribe adds a browser, or puts its new address in the place of the old.
	Subscribe(s Subscription) error
	// Unsubscribe forgets a browser. False: it is not known.
	Unsubscribe(endpoint string) (bool, error)
	// Subscriptions are the browsers, the oldest first.
	Subscriptions() ([]Subscription, error)
}

// Subscription is one browser that takes pushes. Its address and keys are
// secrets: whoever has them can send there.
type Subscription struct {
	Name     string    `json:"name"`
	Endpoint string    `json:"endpoint"`
	Key      string    `json:"p256dh"`
	Auth     string    `json:"auth"`
	Added    time.Time `json:"added"`
	Gone     time.Time `json:"gone,omitzero"` // its service said that it is no more; zero: it is there
}

// webpushKept is the channel's file: the keys that sign its pushes, and who
// gets them.
type webpushKept struct {
	Private       string         `json:"private"`
	Public        string         `json:"public"`
	Subscriptions []Subscription `json:"subscriptions"`
}

// subscriptionsMost bounds the file: nobody has this many browsers.
const subscriptionsMost = 20

func (k webpushKept) live() (list []Subscription) {
	for _, s := range k.Subscriptions {
		if s.Gone.IsZero() {
			list = append(list, s)
		}
	}
	return list
}

// read reads the file; one that is not there has no keys yet.
func (w *webPush) read() (kept webpushKept, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.load()
}

func (w *webPush) load() (kept webpushKept, err error) {
	if w.file == "" {
		return kept, errors.New("there is no data folder for the subscriptions")
	}
	text, err := os.ReadFile(w.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return kept, nil
	case err != nil:
		return kept, fmt.Errorf("reading the subscriptions: %w", err)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return kept, fmt.Errorf("%s is not as it was written; move it away, and subscribe again: %w", w.file, err)
	}
	return kept, nil
}

// change reads the file, makes its keys if it has none, changes it and writes
// it as a whole: a crash leaves the old one or the new one.
func (w *webPush) change(do func(*webpushKept)) (webpushKept, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept, err := w.load()
	if err != nil {
		return kept, err
	}
	if kept.Private == "" {
		if kept.Private, kept.Public, err = webpush.GenerateVAPIDKeys(); err != nil {
			return kept, fmt.Errorf("making the keys of Web Push: %w", err)
		}
	}
	do(&kept)
	text, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return kept, err
	}
	return kept, w.write(append(text, '\n'))
}

func (w *webPush) write(text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(w.file), ".webpush-") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the subscriptions: %w", err)
	}
	defer os.Remove(f.Name()) // no longer there once it was renamed
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), w.file)
	}
	if err != nil {
		return fmt.Errorf("writing the subscriptions: %w", err)
	}
	return nil
}

// PublicKey is the key a browser subscribes with, in base64url.
func (w *webPush) PublicKey() (string, error) {
	kept, err := w.read()
	if err == nil && kept.Public == "" {
		kept, err = w.change(func(*webpushKept) {})
	}
	return kept.Public, err
}

// Subscribe adds a browser, in the place of one of the same name that is gone.
func (w *webPush) Subscribe(s Subscription) error {
	if err := s.check(); err != nil {
		return err
	}
	full := false
	_, err := w.change(func(k *webpushKept) {
		k.Subscriptions = slices.DeleteFunc(k.Subscriptions, func(o Subscription) bool {
			return o.Endpoint == s.Endpoint || o.Name == s.Name && !o.Gone.IsZero()
		})
		if full = len(k.Subscriptions) >= subscriptionsMost; !full {
			k.Subscriptions = append(k.Subscriptions, s)
		}
	})
	if err == nil && full {
		err = fmt.Errorf("%d browsers are subscribed already; forget one first", subscriptionsMost)
	}
	return err
}

// check says what is wrong with a subscription that a browser brought.
func (s Subscription) check() error {
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) || len(s.Endpoint) > 1000 {
		return errors.New("the subscription's endpoint is not an https address")
	}
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Key, "="))
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(key)
	}
	if err != nil {
		return errors.New("the subscription's key is not one of a browser")
	}
	if auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Auth, "=")); err != nil || len(auth) != 16 { // RFC 8291, 3.2
		return errors.New("the subscription's secret is not one of a browser")
	}
	if name := strings.TrimSpace(s.Name); name == "" || len([]rune(name)) > 40 || printable(name) != name {
		return errors.New("a browser has a name of 1 to 40 characters")
	}
	return nil
}

// Unsubscribe forgets a browser.
func (w *webPush) Unsubscribe(endpoint string) (known bool, err error) {
	_, err = w.change(func(k *webpushKept) {
		k.Subscriptions = slices.DeleteFunc(k.Subscriptions, func(o Subscription) bool {
			known = known || o.Endpoint == endpoint
			return o.Endpoint == endpoint
		})
	})
	return known, err
}

// Subscriptions are the browsers, the oldest first.
func (w *webPush) Subscriptions() ([]Subscription, error) {
	kept, err := w.read()
	return kept.Subscriptions, err
}

// markGone notes that a service knows a subscription no longer.
func (w *webPush) markGone(endpoint string) error {
	_, err := w.change(func(k *webpushKept) {
		for i := range k.Subscriptions {
			if k.Subscriptions[i].Endpoint == endpoint && k.Subscriptions[i].Gone.IsZero() {
				k.Subscriptions[i].Gone = w.now()
			}
		}
	})
	return err
}
