package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/SherClockHolmes/webpush-go"
)

const (
	webpushContact = "https://home.example"
	// webpushStays is how long a push service keeps a push for a phone that is
	// off: as long as a reminder is kept up by default. What comes later is
	// stale, and the reminder that follows says how things stand.
	webpushStays = 30 * time.Minute
	// webpushSigned is how long a signature holds; RFC 8292 allows 24 h, and
	// half of it leaves room for a clock that is off.
	webpushSigned = 12 * time.Hour
	// webpushText bounds title and text in characters, far below the 4,096
	// bytes of RFC 8030.
	webpushText = 300
	// webpushRecord is the size every push is padded to, in bytes, so that its
	// length tells nothing; the smallest that holds the longest push.
	webpushRecord = 3072
)

// webpushType describes Web Push (RFC 8030, 8291, 8292): the browsers that
// have the page and allowed it to notify. Their services hold no message for
// later, and take none back once it is shown.
func webpushType() Type {
	return Type{
		Name: "webpush", Reaches: true, Open: openWebPush,
		Settings: []Setting{
			{Key: "contact", Kind: Text, Required: true, Example: webpushContact},
		},
	}
}

// webPush sends to every browser that subscribed. It is safe for concurrent use.
type webPush struct {
	scrubber
	contact string
	file    string // of the keys and the subscriptions; empty: there is no folder for it
	now     func() time.Time
	pace    Pace
	mu      *sync.Mutex // guards the file
	http    webpush.HTTPClient
}

func openWebPush(name string, v Values, t Tools) (Channel, []Problem) {
	w := &webPush{scrubber: newScrubber(name), now: t.Now, pace: t.Pace.withDefaults(), mu: new(sync.Mutex), http: webpushClient{}}
	w.contact, _ = v["contact"].(string)
	u, err := url.Parse(w.contact)
	if err != nil || u.Scheme != "https" && u.Scheme != "mailto" || u.Host == "" && u.Opaque == "" {
		return nil, []Problem{{Key: "contact", Text: "is not an address where the push services can reach you; Apple's refuses pushes without one; write mailto:you@mail.example, or " + webpushContact}}
	}
	w.contact = strings.TrimPrefix(w.contact, "mailto:") // the library adds it
	if t.Folder != "" {
		w.file = filepath.Join(t.Folder, "webpush-"+name+".json")
	}
	return w, nil
}

// errNobody is said in the same words wherever somebody looks, so that it can
// be said once.
var errNobody = errors.New("no browser is subscribed; open the page on the phone and switch notifications on there")

// webpushClient makes one request on a connection of its own, which dies with
// the request's context. It follows no redirect.
type webpushClient struct{}

func (webpushClient) Do(r *http.Request) (*http.Response, error) {
	return transport(r.Context()).RoundTrip(r)
}

// webpushPush is what the page's service worker shows.
type webpushPush struct {
	Title   string          `json:"title"`
	Text    string          `json:"text"`
	Tag     string          `json:"tag"`   // a later push with it replaces this one
	Level   string          `json:"level"` // low, normal, high, alarm
	At      int64           `json:"at"`    // the instant it speaks of, Unix seconds
	Buttons []webpushButton `json:"buttons"`
}

type webpushButton struct {
	Label  string `json:"label"`
	Answer string `json:"answer"` // below /a/ of the page
}

// Send sends m to every browser; one that takes it is enough.
func (w *webPush) Send(ctx context.Context, m Message) (Sent, error) {
	const doing = "sending"
	if err := m.check(); err != nil {
		return Sent{}, w.failure(Refused, doing, err)
	}
	kept, err := w.read()
	if err != nil {
		return Sent{}, w.failure(Unreached, doing, err)
	}
	to := kept.live()
	if len(to) == 0 {
		return Sent{}, w.failure(Refused, doing, errNobody)
	}
	text, err := json.Marshal(w.push(m))
	if err != nil {
		return Sent{}, w.failure(Refused, doing, err)
	}
	results := make([]*Failure, len(to))
	var all sync.WaitGroup
	for i, s := range to {
		all.Go(func() { results[i] = w.sendTo(ctx, kept, s, m, bytes.Clone(text)) }) // the library writes behind the text it is given
	}
	all.Wait()
	return Sent{}, w.outcome(ctx, to, results)
}

func (w *webPush) push(m Message) webpushPush {
	at := m.Time
	if at.IsZero() {
		at = w.now()
	}
	push := webpushPush{Title: cut(m.Title, webpushText), Text: cut(m.Text, webpushText), Tag: m.Key, Level: m.Level.String(), At: at.Unix(), Buttons: []webpushButton{}}
	for _, b := range m.Buttons {
		if b.Answer != "" {
			push.Buttons = append(push.Buttons, webpushButton{cut(b.Label, 40), b.Answer})
		}
	}
	return push
}

// sendTo sends to one browser. nil: its service took it.
func (w *webPush) sendTo(ctx context.Context, kept webpushKept, s Subscription, m Message, text []byte) *Failure {
	const doing = "sending"
	limit := w.pace.Request
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	urgency := webpush.UrgencyNormal
	switch m.Level {
	case Low:
		urgency = webpush.UrgencyLow
	case High, Alarm:
		urgency = webpush.UrgencyHigh
	}
	o := &webpush.Options{
		HTTPClient: w.http, RecordSize: webpushRecord, Subscriber: w.contact, TTL: int(webpushStays / time.Second), Urgency: urgency, Topic: topicOf(m.Key),
		VAPIDPublicKey: kept.Public, VAPIDPrivateKey: kept.Private, VapidExpiration: w.now().Add(webpushSigned),
	}
	resp, err := webpush.SendNotificationWithContext(ctx, text, &webpush.Subscription{Endpoint: s.Endpoint, Keys: webpush.Keys{Auth: s.Auth, P256dh: s.Key}}, o)
	if err != nil {
		return w.hidden(s).failure(Unreached, doing, cause(ctx, limit, err))
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	a := answer{status: resp.StatusCode, header: resp.Header, body: body}
	if kind, said := meaning(a, "the subscription", w.hidden(s).reason(string(body))); kind != 0 {
		return w.hidden(s).answered(kind, doing, a, said, w.now())
	}
	return nil
}

// hidden takes the address of a subscription out of what is said: whoever
// knows it can send there.
func (w *webPush) hidden(s Subscription) scrubber {
	u, err := url.Parse(s.Endpoint)
	if err != nil {
		return w.scrubber
	}
	return newScrubber(w.name, s.Endpoint, "[endpoint]", u.RequestURI(), "[path]", u.EscapedPath(), "[path]")
}

// outcome is the one answer of all services: nil when one of them took it. A
// subscription that is gone is noted, so that it is shown and not tried again.
func (w *webPush) outcome(ctx context.Context, to []Subscription, results []*Failure) error {
	var worst *Failure
	taken := false
	for i, f := range results {
		switch {
		case f == nil:
			taken = true
		case f.Status == http.StatusNotFound || f.Status == http.StatusGone:
			if err := w.markGone(to[i].Endpoint); err != nil {
				return w.failure(Unreached, "sending", err)
			}
			fallthrough
		default:
			if worst == nil || f.Kind < worst.Kind { // what may work later counts before what never will
				worst = f
			}
		}
	}
	if taken || worst == nil {
		return nil
	}
	return worst
}

// topicOf names a push at its service, where a newer one of the same name
// takes the place of one that was not delivered yet: at most 32 characters
// of base64url (RFC 8030, 5.4).
func topicOf(key string) string {
	var b strings.Builder
	for _, r := range key {
		if b.Len() < 32 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Notes are the browsers that are subscribed no longer, each with what to do.
func (w *webPush) Notes() []string {
	kept, err := w.read()
	if err != nil {
		return []string{fmt.Sprintf("channel %s: %v", w.name, err)}
	}
	var notes []string
	for _, s := range kept.Subscriptions {
		if !s.Gone.IsZero() {
			notes = append(notes, fmt.Sprintf("channel %s: %s takes no pushes since %s; open the page there and switch notifications on again, or forget it there", w.name, s.Name, s.Gone.UTC().Format("2 January 15:04 UTC")))
		}
	}
	if len(kept.Subscriptions) == 0 {
		notes = append(notes, fmt.Sprintf("channel %s: %v", w.name, errNobody))
	}
	return notes
}

// Check tells whether anybody would get a push.
func (w *webPush) Check(context.Context) error {
	kept, err := w.read()
	if err == nil && len(kept.live()) == 0 {
		err = errNobody
	}
	if err != nil {
		return w.failure(Refused, "checking", err)
	}
	return nil
}
