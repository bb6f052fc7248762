package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// leastWebhookSecret is how long a webhook's secret has to be. 16 characters of
// base64 hold 96 random bits; fewer can be searched by who saw one push.
const leastWebhookSecret = 16

const webhookExample = "https://home.example/hook"

// webhookType describes the channel that posts to an address of one's own.
func webhookType() Type {
	return Type{
		Name: "webhook",
		Settings: []Setting{
			{Key: "url", Kind: Text, Secret: true, Required: true, Example: webhookExample}, // many hold their key in the path
			{Key: "secret", Kind: Text, Secret: true, Required: true, Example: "${HOOK_SECRET}"},
			{Key: "insecure_http", Kind: Flag, Example: "false"},
		},
		Reaches: true,
		Open:    openWebhook,
	}
}

// webhook posts each push, signed, to one address.
type webhook struct {
	scrubber
	url, secret string
	log         *slog.Logger
	now         func() time.Time
	pace        Pace
}

// hookPush is the body of a post. Every key is always there.
type hookPush struct {
	Key      string       `json:"key"`
	Tag      string       `json:"tag"`
	Level    string       `json:"level"` // empty in a withdrawal
	Title    string       `json:"title"`
	Text     string       `json:"text"`
	At       string       `json:"at"` // RFC 3339, UTC, whole seconds: the instant it speaks of
	Link     string       `json:"link"`
	Buttons  []hookButton `json:"buttons"`
	Withdraw bool         `json:"withdraw"` // take back every push with this tag; the texts are empty
}

type hookButton struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// openWebhook makes the channel of valid settings.
func openWebhook(name string, v Values, t Tools) (Channel, []Problem) {
	w := &webhook{log: t.Log, now: t.Now, pace: t.Pace.withDefaults()}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	var problems []Problem
	w.url, _ = v["url"].(string)
	insecure, _ := v["insecure_http"].(bool)
	if text := hookURLProblem(w.url, webhookExample, "every push", insecure); text != "" {
		problems = append(problems, Problem{Key: "url", Text: text})
	}
	w.secret, _ = v["secret"].(string)
	switch {
	case w.secret == "":
		problems = append(problems, Problem{Key: "secret", Text: "is missing; it signs each push; make one: openssl rand -hex 16"})
	case len(w.secret) < leastWebhookSecret:
		problems = append(problems, Problem{Key: "secret", Text: fmt.Sprintf(
			"has %d characters, fewer than %d; make one: openssl rand -hex 16", len(w.secret), leastWebhookSecret)})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	u, _ := url.Parse(w.url) // it was one
	w.scrubber = newScrubber(name, w.url, "[url]", w.secret, "[secret]", u.RequestURI(), "[path]")
	return w, nil
}

// hookURLProblem says what is wrong with an address, without its path and
// query, which may be secret. shows is what plain http would show.
func hookURLProblem(text, example, shows string, insecure bool) string {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "is missing; write the address that is called: " + example
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "is not an address; write " + example
	case u.User != nil || u.Fragment != "":
		return "holds a name or a #; write scheme, host, path and perhaps a query: " + example
	}
	return plainly(u, shows, insecure)
}

// Send posts m.
func (w *webhook) Send(ctx context.Context, m Message) (Sent, error) {
	const doing = "sending"
	one := *w // for this message alone
	one.scrubber, w = w.about(m), &one
	if err := m.check(); err != nil {
		return Sent{}, w.failure(Refused, doing, err)
	}
	at := m.Time
	if at.IsZero() {
		at = w.now()
	}
	push := hookPush{Key: m.Key, Tag: m.Tag, Level: m.Level.String(), Title: m.Title, Text: m.Text, At: hookTime(at), Link: m.Link, Buttons: []hookButton{}}
	for _, b := range m.Buttons {
		if b.URL != "" { // an Answer has no way back from here
			push.Buttons = append(push.Buttons, hookButton{b.Label, b.URL})
		}
	}
	if err := w.post(ctx, doing, push); err != nil {
		return Sent{}, err
	}
	w.log.Debug("push accepted", keyChannel, w.name, keyLevel, m.Level.String())
	return Sent{Withdrawable: m.Tag != ""}, nil
}

// Withdraw posts that the pushes with this tag are to go.
func (w *webhook) Withdraw(ctx context.Context, tag string) error {
	const doing = "withdrawing"
	if err := checkTag(tag); err != nil {
		return w.failure(Refused, doing, err)
	}
	return w.post(ctx, doing, hookPush{Tag: tag, At: hookTime(w.now()), Buttons: []hookButton{}, Withdraw: true})
}

func hookTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// post sends a body with its signature. Any 2xx is an acceptance, whatever the
// body says or does.
func (w *webhook) post(ctx context.Context, doing string, push hookPush) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(push); err != nil {
		return w.failure(Refused, doing, err)
	}
	stamp := strconv.FormatInt(w.now().Unix(), 10)
	a := request{method: http.MethodPost, address: w.url, body: b.String(), enough: func([]byte) bool { return true },
		header: map[string]string{"Content-Type": "application/json", WebhookTimestamp: stamp,
			WebhookSignature: signWebhook(w.secret, stamp, b.Bytes())}}.ask(ctx, w.pace.Request)
	if f := w.lost(ctx, doing, a); f != nil {
		return f
	}
	if kind, text := meaning(a, "url", ""); kind != 0 {
		return w.answered(kind, doing, a, text, w.now())
	}
	return nil
}
