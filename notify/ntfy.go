package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

// What an ntfy server takes (https://docs.ntfy.sh/publish/). The text alone may
// have 4096 bytes; here the whole push has no more, because that is also what
// Google's and Apple's services carry to a phone in one piece.
const (
	ntfyPushBytes   = 4096
	ntfyActions     = 3
	ntfyTitleLimit  = 100 // characters; chosen: what a phone shows of a title, and room for the rest
	ntfyLinkBytes   = 512 // chosen: an answer's link has about 100
	ntfyButtonLimit = 40  // characters of a label; chosen: three fit beside each other below 15
)

// answerForm is that of Button.Answer.
var answerForm = regexp.MustCompile(`^[ -~]{1,200}$`)

// ntfyChannel publishes to a topic of an ntfy server.
//
// The pushes of a burst go by two names in turn (sequence ids): Tag-0 and
// Tag-1. The Android app rings only for what it is not showing (its
// notifications alert once), so a repeat under the name of the one before would
// come without a sound. The one before is deleted afterwards, by its own name,
// because the two may overtake each other on the way to the phone. A second try
// of the same push has the same name, and replaces without a second sound. What
// is parked has a third name, Tag-p.
type ntfyChannel struct {
	scrubber
	server, phoneServer string // roots; phones may have to call the server otherwise
	topic, replyTopic   string
	token               string // empty: none
	replies             bool
	log                 *slog.Logger
	now                 func() time.Time
	pace                Pace
}

// ntfyPush is the body of a publication.
type ntfyPush struct {
	Topic    string       `json:"topic"`
	Title    string       `json:"title,omitempty"`
	Message  string       `json:"message"`
	Priority int          `json:"priority"`
	Click    string       `json:"click,omitempty"`
	Actions  []ntfyAction `json:"actions,omitempty"`
	Sequence string       `json:"sequence_id,omitempty"`
	Delay    string       `json:"delay,omitempty"` // Unix seconds
}

// ntfyAction is a button. It holds no token: what a push holds, everyone reads
// who knows the topic.
type ntfyAction struct {
	Action string `json:"action"`
	Label  string `json:"label"`
	URL    string `json:"url"`
	Method string `json:"method"`
	Body   string `json:"body,omitempty"`
	Clear  bool   `json:"clear"` // the notification goes when the tap has worked; iOS does not
}

// shownAs is the name of a push on the phone; "": it has none.
func shownAs(tag string, round int) string {
	if tag == "" {
		return ""
	}
	return tag + "-" + strconv.Itoa(round&1)
}

// parkedEnd ends the name of what is parked.
const parkedEnd = "-p"

func parkedAs(tag string) string { return tag + parkedEnd }

// Send publishes m, and takes the push of the round before away once this one
// is accepted. That nothing was taken away is no error: the push is out.
func (n *ntfyChannel) Send(ctx context.Context, m Message) (Sent, error) {
	const doing = "sending"
	one := *n // for this message alone
	one.scrubber, n = n.about(m), &one
	push, err := n.compose(m)
	if err != nil {
		return Sent{}, n.failure(Refused, doing, err)
	}
	push.Sequence = shownAs(m.Tag, m.Round)
	said, err := n.publish(ctx, doing, push)
	if err != nil {
		return Sent{}, err
	}
	takes := push.Sequence != "" && said.Sequence == push.Sequence // an older server ignores the field
	if takes && m.Round > 0 {
		if err := n.remove(ctx, doing, shownAs(m.Tag, m.Round-1)); err != nil {
			n.log.Debug("the push before stays", keyChannel, n.name, keyError, err.Error())
		}
	}
	n.log.Debug("push accepted", keyChannel, n.name, keyLevel, m.Level.String(), keyReplaces, takes)
	return Sent{Withdrawable: takes}, nil
}

// compose turns m into what the server takes. A link or button that cannot go
// is left out, because the words matter more.
func (n *ntfyChannel) compose(m Message) (ntfyPush, error) {
	if err := m.check(); err != nil {
		return ntfyPush{}, err
	}
	push := ntfyPush{Topic: n.topic, Title: cut(printable(m.Title), ntfyTitleLimit), Message: cut(m.Text, ntfyPushBytes),
		Priority: map[Level]int{Low: 2, Normal: 3, High: 4, Alarm: 5}[m.Level]}
	if push.Message == "" {
		push.Message, push.Title = push.Title, "" // the server would write "triggered"
	}
	if m.Link != "" {
		if webAddress(m.Link) {
			push.Click = m.Link
		} else {
			n.log.Debug("link left out", keyChannel, n.name, keyCharacters, len([]rune(m.Link)))
		}
	}
	for _, b := range m.Buttons {
		if a, ok := n.action(b); ok && len(push.Actions) < ntfyActions {
			push.Actions = append(push.Actions, a)
		} else {
			n.log.Debug("button left out", keyChannel, n.name, keyLabel, cut(printable(b.Label), ntfyButtonLimit))
		}
	}
	return push, nil
}

// action makes a button of b: a reply where replies are on, else a call of its
// address.
func (n *ntfyChannel) action(b Button) (ntfyAction, bool) {
	a := ntfyAction{Action: "http", Label: cut(printable(b.Label), ntfyButtonLimit), Method: http.MethodPost, Clear: true}
	switch {
	case a.Label == "":
		return a, false
	case n.replies && answerForm.MatchString(b.Answer):
		a.URL, a.Body = n.phoneServer+"/"+n.replyTopic, b.Answer
	case webAddress(b.URL):
		a.URL = b.URL
	default:
		return a, false
	}
	return a, true
}

// webAddress tells whether a phone can be sent there.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(text) <= ntfyLinkBytes && utf8.ValidString(text)
}

// publish gives a push to the server.
func (n *ntfyChannel) publish(ctx context.Context, doing string, push ntfyPush) (ntfySaid, error) {
	body, err := push.fit()
	if err != nil {
		return ntfySaid{}, n.failure(Refused, doing, err)
	}
	return n.call(ctx, doing, request{method: http.MethodPost, address: n.server + "/", body: body,
		header: map[string]string{"Content-Type": "application/json"}})
}

// fit writes the push, with its text cut so that the whole is not too long.
func (p ntfyPush) fit() (string, error) {
	for {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false) // it is read by no browser, and three bytes matter here
		if err := e.Encode(p); err != nil {
			return "", err
		}
		over := b.Len() - ntfyPushBytes
		if over <= 0 {
			return b.String(), nil
		}
		// What JSON writes longer than it is may make over more than there is.
		if p.Message = cutBytes(p.Message, max(len(p.Message)-over, len(p.Message)/2)); p.Message == "" {
			return "", errors.New("the message is too long even without its text; shorten its links")
		}
	}
}

// cutBytes shortens s to at most limit bytes, whole characters and a mark.
func cutBytes(s string, limit int) string {
	const mark = "…"
	end := limit - len(mark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	if end <= 0 {
		return ""
	}
	return s[:end] + mark
}

// Withdraw takes every push with this tag off the phone. Deleting needs no
// memory of what is out: it may be done twice, and for what was never sent.
func (n *ntfyChannel) Withdraw(ctx context.Context, tag string) error {
	const doing = "withdrawing"
	if err := checkTag(tag); err != nil {
		return n.failure(Refused, doing, err)
	}
	if err := n.remove(ctx, doing, shownAs(tag, 0)); err != nil {
		return err
	}
	return n.remove(ctx, doing, shownAs(tag, 1))
}

// remove deletes what has this name, shown or scheduled.
func (n *ntfyChannel) remove(ctx context.Context, doing, sequence string) error {
	_, err := n.call(ctx, doing, request{method: http.MethodDelete, address: n.server + "/" + n.topic + "/" + sequence})
	return err
}

// call makes a request with the token and judges its answer.
func (n *ntfyChannel) call(ctx context.Context, doing string, q request) (ntfySaid, error) {
	return n.judge(ctx, doing, q, n.signed(q).ask(ctx, n.pace.Request))
}

// signed adds the token.
func (n *ntfyChannel) signed(q request) request {
	if n.token == "" {
		return q
	}
	header := map[string]string{"Authorization": "Bearer " + n.token}
	for key, value := range q.header {
		header[key] = value
	}
	q.header = header
	return q
}
