package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How far ahead a server holds a message (https://docs.ntfy.sh/publish/#scheduled-delivery).
const (
	leastAhead = 10 * time.Second
	mostAhead  = 3 * 24 * time.Hour
)

// Names of what Probe and Check leave for a moment. No burst has them: its
// names end in -0, -1 or -p.
const (
	probeName = "nb-probe"
	checkName = "nb-check"
)

// probeAhead is when a probe would come if the server did not take it back: so
// late that Probe is over, so soon that it is still understood. It would make
// no sound.
const probeAhead = 15 * time.Minute

// Park schedules m. A scheduled message is not replaced by its name, only
// deleted, so what was parked with the same tag goes first: two requests.
func (n *ntfyChannel) Park(ctx context.Context, m Message, at time.Time) error {
	const doing = "parking"
	one := *n // for this message alone
	one.scrubber, n = n.about(m), &one
	push, err := n.compose(m)
	switch ahead := at.Sub(n.now()); {
	case err != nil:
	case m.Tag == "":
		err = errors.New("the message has no tag to take it back by")
	case ahead < leastAhead || ahead > mostAhead:
		err = fmt.Errorf("it would come in %s; the service holds messages for 10 s to 3 days", ahead.Truncate(time.Second))
	}
	if err != nil {
		return n.failure(Refused, doing, err)
	}
	if err := n.remove(ctx, doing, parkedAs(m.Tag)); err != nil {
		return err
	}
	push.Sequence, push.Delay = parkedAs(m.Tag), unixCeil(at)
	said, err := n.publish(ctx, doing, push)
	if err != nil {
		return err
	}
	if said.Sequence != push.Sequence {
		return n.failure(Refused, doing, fmt.Errorf("the service took it under another name, so it cannot be taken back and comes at %s", at.UTC().Format(time.RFC3339)))
	}
	n.log.Debug("push parked", keyChannel, n.name, keyLevel, m.Level.String(), keyAt, at)
	return nil
}

// unixCeil is at in whole seconds, never before it.
func unixCeil(at time.Time) string {
	return strconv.FormatInt(at.Add(time.Second-1).Unix(), 10)
}

// Unpark deletes what is parked with this tag, and takes it off the phone if it
// came meanwhile.
func (n *ntfyChannel) Unpark(ctx context.Context, tag string) error {
	const doing = "unparking"
	if err := checkTag(tag); err != nil {
		return n.failure(Refused, doing, err)
	}
	return n.remove(ctx, doing, parkedAs(tag))
}

// Held reads what the server holds for later. What was published in this very
// second is in its answer too, so only names of what is parked count.
func (n *ntfyChannel) Held(ctx context.Context) ([]Held, error) {
	var all []Held
	now := n.now().Unix()
	err := n.read(ctx, "reading what is parked", ntfyReading{topic: n.topic, query: fmt.Sprintf("poll=1&scheduled=1&since=%d", now)}, func(s ntfySaid) {
		tag, parked := strings.CutSuffix(s.Sequence, parkedEnd)
		if s.Event != "message" || s.Time <= now || !parked || !tagForm.MatchString(tag) {
			return
		}
		h := Held{Tag: tag}
		for _, a := range s.Actions {
			h.Answers = append(h.Answers, cmp.Or(a.Body, a.URL))
		}
		all = append(all, h)
	})
	return all, err
}

// Probe deletes something that is not there, which an older server does not
// know; then schedules a message without a sound, deletes it, and looks whether
// it is gone: four requests.
func (n *ntfyChannel) Probe(ctx context.Context) (Features, error) {
	const doing = "probing"
	err := n.remove(ctx, doing, probeName)
	var f *Failure
	if errors.As(err, &f) && (f.Status == http.StatusNotFound || f.Status == http.StatusMethodNotAllowed) {
		return Features{}, nil
	}
	if err != nil {
		return Features{}, err
	}
	said, err := n.publish(ctx, doing, ntfyPush{Topic: n.topic, Message: "A test. Nothing to do.", Priority: 1,
		Sequence: probeName, Delay: unixCeil(n.now().Add(probeAhead))})
	if err != nil {
		return Features{}, err
	}
	has := Features{Replaces: said.Sequence == probeName, Withdraws: said.Sequence == probeName}
	if err := n.remove(ctx, doing, probeName); err != nil {
		return Features{}, err
	}
	if has.Parks, err = n.gone(ctx, doing, said); err != nil {
		return Features{}, err
	}
	has.Parks = has.Parks && has.Replaces
	return has, nil
}

// gone tells whether the server holds a scheduled message no more. A token that
// may only publish cannot see that; then the documentation is taken at its word.
func (n *ntfyChannel) gone(ctx context.Context, doing string, m ntfySaid) (bool, error) {
	found := false
	err := n.read(ctx, doing, ntfyReading{topic: n.topic, query: fmt.Sprintf("poll=1&scheduled=1&since=%d", m.Time)}, func(s ntfySaid) {
		found = found || s.Event == "message" && s.ID == m.ID
	})
	var f *Failure
	if errors.As(err, &f) && (f.Status == http.StatusUnauthorized || f.Status == http.StatusForbidden) {
		return true, nil
	}
	return !found, err
}

// Check asks whether the token may publish, whether it may read the replies,
// and whether the phone's buttons may post them without it. It deletes what is
// not there, for which the server wants the same right as for publishing.
func (n *ntfyChannel) Check(ctx context.Context) error {
	const doing = "checking topic and token"
	if err := n.may(ctx, doing, n.topic, true); err != nil || !n.replies {
		return err
	}
	if _, err := n.call(ctx, "checking the reply topic", n.asksAuth(n.replyTopic)); err != nil {
		return err
	}
	err := n.may(ctx, "checking the reply topic", n.replyTopic, false)
	var f *Failure
	if errors.As(err, &f) && (f.Status == http.StatusUnauthorized || f.Status == http.StatusForbidden) {
		g := n.failure(Refused, "checking the reply topic", errors.New(
			"the buttons may not post there: they carry no token, which everyone could read who knows the topic; let everyone write to it: ntfy access everyone REPLY_TOPIC write-only"))
		g.Status = f.Status
		return g
	}
	return err
}

// may asks for the right to publish to a topic, with the token or as anybody.
// Of a server before 2.16 only the right to read can be asked.
func (n *ntfyChannel) may(ctx context.Context, doing, topic string, token bool) error {
	q := request{method: http.MethodDelete, address: n.server + "/" + topic + "/" + checkName}
	if token {
		q = n.signed(q)
	}
	a := q.ask(ctx, n.pace.Request)
	if a.err == nil && unknownPage(a) {
		if !token {
			return nil
		}
		_, err := n.call(ctx, doing, n.asksAuth(topic))
		return err
	}
	_, err := n.judge(ctx, doing, q, a)
	return err
}

// asksAuth asks for the right to read a topic.
func (n *ntfyChannel) asksAuth(topic string) request {
	return request{method: http.MethodGet, address: n.server + "/" + topic + "/auth"}
}
