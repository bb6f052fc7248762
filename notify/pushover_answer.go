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

// said is the part of an answer's body that all endpoints share.
type said struct {
	Status  *number         `json:"-"`      // 1: done; nil: not said, or not as a number
	Errors  json.RawMessage `json:"errors"` // a list of texts; relays have other ideas
	Receipt string          `json:"receipt"`
	Token   string          `json:"token"` // "invalid": the token is refused
}

// say reads what can be read: one odd field spoils no other.
func say(body []byte) said {
	var fields struct {
		said
		Status json.RawMessage `json:"status"`
	}
	if object := firstObject(body); object != nil {
		_ = json.Unmarshal(object, &fields) // a Status of nil tells
	}
	var status number
	if raw := fields.Status; len(raw) > 0 && string(raw) != "null" && status.UnmarshalJSON(raw) == nil {
		fields.said.Status = &status
	}
	return fields.said
}

// number reads 1, true, null and "1" alike: relays are written in many languages.
type number int64

// numberMost bounds a number: beyond the year 9999, in seconds, nothing is an
// instant, and no other number here is near it.
const numberMost = 253402300799

func (n *number) UnmarshalJSON(text []byte) error {
	switch s := strings.Trim(string(text), `"`); s {
	case "true":
		*n = 1
	case "false", "null", "":
		*n = 0
	default:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f >= -numberMost && f <= numberMost) { // NaN is none of these
			return errors.New("not a number")
		}
		*n = number(f)
	}
	return nil
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
	if f := p.lost(ctx, doing, a); f != nil {
		return said{}, f
	}
	s := say(a.body)
	kind, text := p.meaning(a, s)
	if kind == 0 {
		return s, nil
	}
	return s, p.answered(kind, doing, a, text, p.now())
}

// meaning is what an answer says, by its status and the service's own words.
// Kind 0: done.
func (p *pushoverChannel) meaning(a answer, s said) (FailureKind, string) {
	reasons := p.reason(reasonsOf(s.Errors))
	answered := fmt.Sprintf("the service answered %d", a.status)
	reset, err := strconv.ParseInt(a.header.Get("X-Limit-App-Reset"), 10, 64)
	if a.status == http.StatusTooManyRequests && err == nil && a.header.Get("X-Limit-App-Remaining") == "0" {
		return Limited, answered + ": the month's quota is used up until " + time.Unix(reset, 0).UTC().Format(time.RFC3339) + reasons
	}
	kind, text := meaning(a, "api", reasons)
	switch {
	case kind != 0:
		return kind, text
	case s.Status == nil:
		return Unreached, answered + ", but not as Pushover does; is something in between, or api wrong?"
	case *s.Status != 1:
		return Refused, answered + " and status " + strconv.FormatInt(int64(*s.Status), 10) + reasons
	}
	return 0, ""
}

// reasonsOf joins the service's own reasons.
func reasonsOf(raw json.RawMessage) string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, "; ")
	}
	if raw = bytes.TrimSpace(raw); string(raw) == "null" {
		return ""
	}
	return string(raw) // not a list: better as it is than not at all
}
