package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// What to wait for after a 429, which names no time of its own. Requests come
// back one each 5 s (visitor-request-limit-replenish), and an alarm with its
// clean-up takes two. The day's messages come back at midnight UTC; an hour is
// the most, because the server's owner may change the limit before.
const (
	ntfyRequestsBack = 10 * time.Second
	ntfyMessagesBack = time.Hour
)

// ntfyMessagesUsedUp is the code of the day's limit, in the body of a 429.
const ntfyMessagesUsedUp = 42908

// ntfySaid is an answer's body: a message as the server took it, or an error.
type ntfySaid struct {
	ID       string `json:"id"` // empty: not said
	Time     int64  `json:"time"`
	Event    string `json:"event"`
	Topic    string `json:"topic"`
	Message  string `json:"message"`
	Sequence string `json:"sequence_id"`
	Actions  []struct {
		URL  string `json:"url"`
		Body string `json:"body"`
	} `json:"actions"`
	Success bool   `json:"success"` // of /auth
	Code    int    `json:"code"`    // of an error
	Error   string `json:"error"`
}

// ntfySay reads what can be read: one odd field spoils no other.
func ntfySay(text []byte) ntfySaid {
	var s ntfySaid
	if object := firstObject(text); object != nil {
		_ = json.Unmarshal(object, &s) // an empty ID tells
	}
	return s
}

// judge says what the answer to q means. The error is nil only when the server
// said, as ntfy does, that it did what was asked.
func (n *ntfyChannel) judge(ctx context.Context, doing string, q request, a answer) (ntfySaid, error) {
	if f := n.lost(ctx, doing, a); f != nil {
		return ntfySaid{}, f
	}
	s := ntfySay(a.body)
	kind, text := meaning(a, "server", n.reason(s.Error))
	switch {
	case kind == 0 && s.ID == "" && !s.Success:
		kind, text = Unreached, fmt.Sprintf("the service answered %d, but not as ntfy does; is something in between, or server wrong?", a.status)
	case a.status == http.StatusUnauthorized:
		text += "; check token"
	case a.status == http.StatusForbidden && n.token == "":
		text += "; the topic needs a token"
	case a.status == http.StatusForbidden:
		text += "; token needs the right to this topic"
	case unknownPage(a) && q.method == http.MethodDelete:
		text += "; it takes no push back, which ntfy can from version 2.16 on"
	}
	if kind == 0 {
		return s, nil
	}
	f := n.answered(kind, doing, a, text, n.now())
	if kind == Limited && f.RetryAfter == 0 {
		f.RetryAfter = ntfyRequestsBack
		if s.Code == ntfyMessagesUsedUp {
			midnight := n.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
			f.RetryAfter = min(midnight.Sub(n.now()), ntfyMessagesBack)
		}
	}
	return s, f
}

// unknownPage tells whether the server does not know what was asked: one
// before 2.16, asked to delete.
func unknownPage(a answer) bool {
	return a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed
}
