package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// subscriber is the channel to which browsers subscribe; nil: there is none.
func (d *Daemon) subscriber() notify.Subscriber {
	for _, o := range d.view.Load().opened {
		if s, ok := o.Channel.(notify.Subscriber); ok {
			return s
		}
	}
	return nil
}

// browserID names a subscription without its address: whoever knows that can
// send there.
func browserID(s notify.Subscription) string {
	sum := sha256.Sum256([]byte(s.Endpoint))
	return hex.EncodeToString(sum[:8])
}

// Browsers are the browsers that get pushes through Web Push.
func (d *Daemon) Browsers(context.Context) (web.BrowsersDoc, error) {
	doc := web.BrowsersDoc{Browsers: []web.BrowserDoc{}}
	s := d.subscriber()
	if s == nil {
		return doc, nil
	}
	key, err := s.PublicKey()
	if err != nil {
		return doc, web.Unavailable("%w", err)
	}
	doc.PublicKey = &key
	list, err := s.Subscriptions()
	if err != nil {
		return doc, web.Unavailable("%w", err)
	}
	zone := d.view.Load().state.Routine.Location
	for _, b := range list {
		doc.Browsers = append(doc.Browsers, web.BrowserDoc{ID: browserID(b), Name: b.Name, Added: web.In(zone, b.Added), Gone: web.In(zone, b.Gone)})
	}
	return doc, nil
}

// Subscribe adds a browser.
func (d *Daemon) Subscribe(_ context.Context, q web.BrowserQuery) (web.Reply, error) {
	s := d.subscriber()
	if s == nil {
		return web.Reply{}, web.Conflict("no channel of type webpush is in use; config.example.yaml has one")
	}
	b := notify.Subscription{Name: strings.TrimSpace(q.Name), Endpoint: q.Endpoint, Key: q.Keys.P256dh, Auth: q.Keys.Auth, Added: d.now()}
	if err := s.Subscribe(b); err != nil {
		return web.Reply{}, web.Wrong("%w", err)
	}
	return web.Reply{Text: "Reminders go to " + b.Name + " as well."}, nil
}

// Forget forgets a browser.
func (d *Daemon) Forget(_ context.Context, id string) (web.Reply, error) {
	if s := d.subscriber(); s != nil {
		list, err := s.Subscriptions()
		if err != nil {
			return web.Reply{}, web.Unavailable("%w", err)
		}
		for _, b := range list {
			if browserID(b) != id {
				continue
			}
			if _, err := s.Unsubscribe(b.Endpoint); err != nil {
				return web.Reply{}, web.Unavailable("%w", err)
			}
			return web.Reply{Text: "Reminders go to " + b.Name + " no more."}, nil
		}
	}
	return web.Reply{}, web.NotFound("no browser %s", id)
}

// noter is a channel with something that a person should know.
type noter interface{ Notes() []string }

// withNotes adds what the channels have to say for themselves to what needs a
// person. A line that gives the same cause goes: theirs says what to do.
func withNotes(needs []string, opened []config.Opened) []string {
	for _, o := range opened {
		n, ok := o.Channel.(noter)
		if !ok {
			continue
		}
		for _, note := range n.Notes() {
			_, cause, _ := strings.Cut(note, ": ")
			needs = slices.DeleteFunc(needs, func(need string) bool {
				return strings.HasPrefix(need, "channel "+o.Name+" ") && strings.Contains(need, cause)
			})
			needs = append(needs, note)
		}
	}
	return needs
}
