package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// longestWait bounds what a service may ask for: a month's quota is the
// longest thing to wait for.
const longestWait = 31 * 24 * time.Hour

// leastSecret is the length from which a secret is taken out of texts. A
// shorter one would take out parts of ordinary words, and is none.
const leastSecret = 4

// failureMost bounds the text of a failure, in characters, without the name of
// the channel: our own words, a service's reason of 300, and room for a list.
// It goes to journal, log and status, and net/http quotes whole lines of a
// server's.
const failureMost = 600

// leastKey is the length from which the end of an address or an answer is taken
// for a key: 96 bits in base64. A key that can be guessed is none.
const leastKey = 16

// scrubber makes a channel's errors: it names the channel in them and takes
// its secrets out of every text, whoever wrote it.
type scrubber struct {
	name    string            // the channel's; empty: no channel
	secrets *strings.Replacer // takes the secrets out
	pairs   []string          // what secrets was made from
}

// newScrubber takes pairs: a secret and what stands in its place.
func newScrubber(name string, pairs ...string) scrubber {
	var used []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if len(pairs[i]) >= leastSecret {
			used = append(used, pairs[i], pairs[i+1])
		}
	}
	return scrubber{name, strings.NewReplacer(used...), used}
}

// about is a scrubber that takes the keys of a message's buttons out as well:
// a service's answer may well quote what it was sent. The key is what stands
// behind the last slash, and is written alike in every form of quoting.
func (s scrubber) about(m Message) scrubber {
	pairs := s.pairs[:len(s.pairs):len(s.pairs)]
	add := func(text string) {
		if key := text[strings.LastIndexByte(text, '/')+1:]; len(key) >= leastKey {
			pairs = append(pairs, key, "[key]")
		}
	}
	add(m.Link)
	for _, b := range m.Buttons {
		add(b.Answer)
		add(b.URL)
	}
	return newScrubber(s.name, pairs...)
}

// failure makes the channel's error: which channel, doing what, what is wrong.
// Its text is free of secrets, whoever wrote the parts, and of what err wraps
// only the end of a context is kept: the rest might hold the address, and in it
// a secret.
func (s scrubber) failure(kind FailureKind, doing string, err error) *Failure {
	text := cut(s.secrets.Replace(printable(fmt.Sprintf("%s: %v", doing, err))), failureMost)
	if s.name != "" {
		text = "channel " + s.name + ": " + text
	}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			return &Failure{Kind: kind, Err: ended{text, end}}
		}
	}
	return &Failure{Kind: kind, Err: errors.New(text)}
}

// lost is the failure of a request that got no answer; nil: it got one.
func (s scrubber) lost(ctx context.Context, doing string, a answer) *Failure {
	if a.err == nil {
		return nil
	}
	why := a.err
	if err := ctx.Err(); err != nil {
		why = fmt.Errorf("given up: %w", err)
	}
	f := s.failure(Unreached, doing, why)
	f.Unanswered = a.gone
	return f
}

// answered is the failure that an answer means.
func (s scrubber) answered(kind FailureKind, doing string, a answer, text string, now time.Time) *Failure {
	f := s.failure(kind, doing, errors.New(text))
	f.Status = a.status
	// A proxy passed it on and waited in vain (RFC 9110, 15.6.5). Any other 5xx
	// is an answer: that it was not done.
	f.Unanswered = a.status == http.StatusGatewayTimeout
	if a.status == http.StatusTooManyRequests || a.status >= 500 {
		f.RetryAfter = retryAfter(a.header.Get("Retry-After"), now)
	}
	return f
}

// reason is what a service says, as ": text", at most 300 characters. Secrets
// go before the cut, which could leave half of one.
func (s scrubber) reason(text string) string {
	if text = printable(text); strings.TrimSpace(text) == "" {
		return ""
	}
	return ": " + cut(s.secrets.Replace(text), 300)
}

// meaning is what an HTTP status says by itself, with the service's own
// reason, of a service whose address is the setting key. Kind 0: it may be a
// success.
func meaning(a answer, key, reason string) (FailureKind, string) {
	answered := fmt.Sprintf("the service answered %d", a.status)
	switch code := a.status; {
	case code == http.StatusTooManyRequests:
		return Limited, answered + ": too many requests" + reason
	case code == http.StatusRequestTimeout || code >= 500:
		return Unreached, answered + reason
	case code >= 400:
		return Refused, answered + reason
	case code >= 300:
		to := "elsewhere"
		if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
			to = "to " + u.Host
		}
		return Unreached, answered + " and points " + to + ", which is not followed; write the address that answers itself as " + key
	case code < 200:
		return Unreached, answered
	}
	return 0, ""
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

// ended is an error whose text was cleaned and that still is what ended it.
type ended struct {
	text string
	end  error
}

func (e ended) Error() string { return e.text }
func (e ended) Unwrap() error { return e.end }
