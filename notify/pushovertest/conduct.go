package pushovertest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostRequests is how many Pushover wants under way at a time.
const mostRequests = 2

// conduct watches how the client behaves.
type conduct struct {
	gap      time.Duration        // 5 s by Pushover's rules, scaled
	refused  map[string]int       // requests that got a 4xx, with its status
	wait     map[string]time.Time // what may not be repeated before
	lastRead time.Time            // of any receipt
}

// arrive judges a request; active counts it.
func (c *conduct) arrive(r Request, active int) (violations []string) {
	say := func(format string, args ...any) {
		violations = append(violations, r.Method+" "+r.Path+": "+fmt.Sprintf(format, args...))
	}
	if active > mostRequests {
		say("%d requests at a time, more than %d", active, mostRequests)
	}
	if status := c.refused[whole(r)]; status != 0 {
		say("repeated after a %d", status)
	}
	if until, ok := c.wait[subject(r)]; ok && r.At.Before(until) {
		say("repeated %s too early", until.Sub(r.At).Round(time.Millisecond))
	}
	if isReceipt(r) {
		if early := c.lastRead.Add(c.gap).Sub(r.At); !c.lastRead.IsZero() && early > 0 {
			say("receipts read %s too early, one in %s is allowed", early.Round(time.Millisecond), c.gap)
		}
		c.lastRead = r.At
	}
	for key := range r.Form {
		if !slices.Contains(knownFields(), key) {
			say("the field %q is unknown", key)
		}
	}
	return violations
}

// leave notes what the answer forbids. retry: the answer's Retry-After.
func (c *conduct) leave(r Request, retry time.Duration) {
	if c.refused == nil {
		c.refused, c.wait = map[string]int{}, map[string]time.Time{}
	}
	switch {
	case r.Status == http.StatusTooManyRequests:
		c.wait[subject(r)] = r.At.Add(max(retry, c.gap))
	case r.Status >= 500 || r.Status == http.StatusRequestTimeout:
		c.wait[subject(r)] = r.At.Add(max(retry, c.gap))
	case r.Status >= 400:
		c.refused[whole(r)] = r.Status
	}
}

// whole names a request with everything in it.
func whole(r Request) string { return r.Method + r.Path + "?" + r.Form.Encode() }

// subject names what a request is about: a message by its tag where it has
// one, because a second try may come in newer words.
func subject(r Request) string {
	about := url.Values{"user": r.Form["user"]}
	if tags := r.Form["tags"]; tags != nil {
		about["tags"] = tags
	} else {
		about["title"], about["message"] = r.Form["title"], r.Form["message"]
	}
	return r.Method + r.Path + "?" + about.Encode()
}

func isReceipt(r Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.Path, "/receipts/")
}

// knownFields are the parameters of all endpoints together.
func knownFields() []string {
	return []string{"token", "user", "message", "title", "url", "url_title", "device", "priority", "sound", "timestamp",
		"html", "monospace", "ttl", "retry", "expire", "callback", "tags", "attachment", "attachment_base64", "attachment_type"}
}

// retryAfter reads the wait an answer asks for; 0: none.
func retryAfter(rep reply, now time.Time) time.Duration {
	text := rep.header.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(now)
	}
	return 0
}
