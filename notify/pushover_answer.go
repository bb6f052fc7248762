package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// longestWait bounds what the service may ask for: a month's quota is the
// longest thing to wait for.
const longestWait = 31 * 24 * time.Hour

// said is the part of an answer's body that all endpoints share.
type said struct {
	Status  *number         `json:"status"` // 1: done; nil: not said
	Errors  json.RawMessage `json:"errors"` // a list of texts; relays have other ideas
	Receipt string          `json:"receipt"`
	Token   string          `json:"token"` // "invalid": the token is refused
}

// say reads what can be read: one odd field spoils no other.
func say(body []byte) said {
	var s said
	if object := firstObject(body); object != nil {
		_ = json.Unmarshal(object, &s) // a Status of nil tells
	}
	return s
}

// number reads 1, true, null and "1" alike: relays are written in many languages.
type number int64

func (n *number) UnmarshalJSON(text []byte) error {
	switch s := strings.Trim(string(text), `"`); s {
	case "true":
		*n = 1
	case "false", "null", "":
		*n = 0
	default:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return errors.New("not a number")
		}
		*n = number(f)
	}
	return nil
}

// firstObject is the JSON object that text begins with; empty: it does not.
func firstObject(text []byte) []byte {
	var object json.RawMessage
	if json.NewDecoder(bytes.NewReader(text)).Decode(&object) != nil || len(object) == 0 || object[0] != '{' {
		return nil
	}
	return object
}

// judgeCall judges what a call of the library's came to; err is the library's.
func (p *pushoverChannel) judgeCall(c *call, doing string, err error) (said, error) {
	if c.answer != nil {
		return p.judge(c.ctx, doing, *c.answer)
	}
	var lost *url.Error
	if errors.As(err, &lost) {
		return said{}, p.failure(Unreached, doing, errors.New("something else in this program took http.DefaultClient's transport away; restart it"))
	}
	return said{}, p.failure(Refused, doing, err) // the library refused the message before sending
}

// judge says what an answer means. The error is nil only when the service
// said that it did what was asked.
func (p *pushoverChannel) judge(ctx context.Context, doing string, a answer) (said, error) {
	if err := ctx.Err(); err != nil && a.err != nil {
		return said{}, p.failure(Unreached, doing, fmt.Errorf("given up: %w", err))
	}
	if a.err != nil {
		return said{}, p.failure(Unreached, doing, a.err)
	}
	s := say(a.body)
	kind, text := p.meaning(a, s)
	if kind == 0 {
		return s, nil
	}
	f := p.failure(kind, doing, errors.New(text))
	f.Status = a.status
	if a.status == http.StatusTooManyRequests || a.status >= 500 {
		f.RetryAfter = retryAfter(a.header.Get("Retry-After"), p.now())
	}
	return s, f
}

// meaning is the table of answers. Kind 0: done.
func (p *pushoverChannel) meaning(a answer, s said) (FailureKind, string) {
	reasons := p.reasons(s.Errors)
	answered := fmt.Sprintf("the service answered %d", a.status)
	switch code := a.status; {
	case code == http.StatusTooManyRequests:
		text := answered + ": too many requests"
		if reset, err := strconv.ParseInt(a.header.Get("X-Limit-App-Reset"), 10, 64); err == nil && a.header.Get("X-Limit-App-Remaining") == "0" {
			text = answered + ": the month's quota is used up until " + time.Unix(reset, 0).UTC().Format(time.RFC3339)
		}
		return Limited, text + reasons
	case code == http.StatusRequestTimeout || code >= 500:
		return Unreached, answered + reasons
	case code >= 400 && code < 500:
		return Refused, answered + reasons
	case code >= 300:
		to := "elsewhere"
		if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
			to = "to " + u.Host
		}
		return Unreached, answered + " and points " + to + ", which is not followed; write the address that answers itself as api"
	case code < 200 || s.Status == nil:
		return Unreached, answered + ", but not as Pushover does; is something in between, or api wrong?"
	case *s.Status != 1:
		return Refused, answered + " and status " + strconv.FormatInt(int64(*s.Status), 10) + reasons
	}
	return 0, ""
}

// reasons joins the service's own reasons, as ": a; b", at most 300 characters.
// Secrets go before the cut, which could leave half of one.
func (p *pushoverChannel) reasons(raw json.RawMessage) string {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
			return ""
		}
		list = []string{string(raw)} // not a list: better as it is than not at all
	}
	text := printable(strings.Join(list, "; "))
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return ": " + cut(p.secrets.Replace(text), 300)
}

// retryAfter reads the header in both its forms (RFC 9110, 10.2.3). 0: not said.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return time.Duration(min(n, uint64(longestWait/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), longestWait)
}

// failure makes the channel's error: which channel, doing what, what is wrong.
// Its text is free of secrets, whoever wrote the parts, and of what err wraps
// only the end of a context is kept: the rest might hold the address, and in it
// the token.
func (p *pushoverChannel) failure(kind FailureKind, doing string, err error) *Failure {
	text := p.secrets.Replace(fmt.Sprintf("channel %s: %s: %v", p.name, doing, err))
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			return &Failure{Kind: kind, Err: ended{text, end}}
		}
	}
	return &Failure{Kind: kind, Err: errors.New(text)}
}

// ended is an error whose text was cleaned and that still is what ended it.
type ended struct {
	text string
	end  error
}

func (e ended) Error() string { return e.text }
func (e ended) Unwrap() error { return e.end }
