package pushovertest

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What Pushover takes (https://pushover.net/api); lengths are characters.
const (
	mostText     = 1024
	mostTitle    = 250
	mostLink     = 512
	mostLinkName = 100
	leastRetry   = 30    // seconds
	mostExpire   = 10800 // seconds
	mostRetries  = 50    // after these the service is quiet, whatever expire says
)

var (
	keyForm    = regexp.MustCompile(`^[A-Za-z0-9]{30}$`)
	deviceForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,25}(,[A-Za-z0-9_-]{1,25})*$`)
)

// Message is one accepted message.
type Message struct {
	At                              time.Time // of acceptance, by the service's clock
	User, Device                    string
	Title, Text, Link, LinkTitle    string
	Sound                           string
	Priority                        int
	Timestamp                       time.Time // zero: none
	Receipt                         string    // priority 2 only, as all that follows
	Tags                            []string
	Retry, Expire                   time.Duration
	AcknowledgedAt                  time.Time // zero: not
	CanceledAt                      time.Time // zero: not
	Form                            url.Values
	acknowledgedBy, acknowledgedDev string
}

// Ends is when an emergency message stops ringing by itself.
func (m Message) Ends() time.Time {
	return m.At.Add(min(m.Expire, m.Retry*mostRetries))
}

// Rings is how often a phone has rung for it until t, the first time included.
func (m Message) Rings(t time.Time) int {
	if t.Before(m.At) {
		return 0
	}
	if m.Priority < 2 {
		return 1
	}
	end := m.Ends()
	for _, stop := range []time.Time{t, m.AcknowledgedAt, m.CanceledAt} {
		if !stop.IsZero() && stop.Before(end) {
			end = stop
		}
	}
	return 1 + int(min(max(end.Sub(m.At), 0)/m.Retry, mostRetries))
}

// ringing tells whether it will ring again, as far as the service knows at t.
func (m *Message) ringing(t time.Time) bool {
	return m.Priority == 2 && m.AcknowledgedAt.IsZero() && m.CanceledAt.IsZero() && t.Before(m.Ends())
}

// message is POST messages.json. Called with the lock held, as all endpoints.
func (s *Server) message(form url.Values) reply {
	m := &Message{At: s.o.Now(), Form: form, User: form.Get("user"), Device: form.Get("device"), Title: form.Get("title"),
		Text: form.Get("message"), Link: form.Get("url"), LinkTitle: form.Get("url_title"), Sound: form.Get("sound")}
	if !keyForm.MatchString(m.User) || !slices.Contains(s.o.Users, m.User) {
		return s.refuse(http.StatusBadRequest, fields{"user": "invalid"}, "user identifier is not a valid user, group, or subscribed user key")
	}
	if wrong := m.read(form); len(wrong) > 0 {
		return s.refuse(http.StatusBadRequest, nil, wrong...)
	}
	if s.used >= s.o.Quota {
		return s.withQuota(s.refuse(http.StatusTooManyRequests, nil, "application is over its quota"))
	}
	s.used++
	s.messages = append(s.messages, m)
	f := fields{}
	if m.Priority == 2 {
		m.Receipt = s.name("receipt")
		f["receipt"] = m.Receipt
	}
	return s.withQuota(s.ok(f))
}

// withQuota adds the headers of message calls. The quota is renewed in a day.
func (s *Server) withQuota(rep reply) reply {
	rep.header["X-Limit-App-Limit"] = []string{strconv.Itoa(s.o.Quota)}
	rep.header["X-Limit-App-Remaining"] = []string{strconv.Itoa(s.o.Quota - s.used)}
	rep.header["X-Limit-App-Reset"] = []string{strconv.FormatInt(s.o.Now().Add(24*time.Hour).Unix(), 10)}
	return rep
}

// read checks every field, and returns all that is wrong.
func (m *Message) read(form url.Values) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for key, values := range form {
		if len(values) > 1 {
			say("%s is given %d times", key, len(values))
		}
		if !utf8.ValidString(values[0]) {
			say("%s is not UTF-8", key)
		}
	}
	if strings.TrimSpace(m.Text) == "" {
		say("message cannot be blank")
	}
	for _, f := range []struct {
		key, text string
		most      int
	}{{"message", m.Text, mostText}, {"title", m.Title, mostTitle}, {"url", m.Link, mostLink}, {"url_title", m.LinkTitle, mostLinkName}} {
		if n := utf8.RuneCountInString(f.text); n > f.most {
			say("%s has %d characters, more than %d", f.key, n, f.most)
		}
	}
	if m.Device != "" && !deviceForm.MatchString(m.Device) {
		say("device name is not valid")
	}
	if form.Get("html") == "1" && form.Get("monospace") == "1" {
		say("html and monospace exclude each other")
	}
	number := func(key string, least, most int) int {
		if !form.Has(key) {
			return 0
		}
		n, err := strconv.Atoi(form.Get(key))
		if err != nil || n < least || n > most {
			say("%s must be a whole number from %d to %d", key, least, most)
		}
		return n
	}
	m.Priority = number("priority", -2, 2)
	if at := number("timestamp", 1, math.MaxInt32); at != 0 {
		m.Timestamp = time.Unix(int64(at), 0)
	}
	if m.Priority != 2 {
		number("ttl", 1, 1<<31-1)
		return wrong
	}
	if !form.Has("retry") || !form.Has("expire") {
		say("priority 2 needs retry and expire")
	}
	m.Retry = time.Duration(number("retry", leastRetry, mostExpire)) * time.Second
	m.Expire = time.Duration(number("expire", 1, mostExpire)) * time.Second
	if form.Has("tags") {
		m.Tags = strings.Split(form.Get("tags"), ",")
		if slices.Contains(m.Tags, "") {
			say("tags has an empty one")
		}
	}
	return wrong
}

// validate is POST users/validate.json.
func (s *Server) validate(form url.Values) reply {
	if !slices.Contains(s.o.Users, form.Get("user")) {
		return s.refuse(http.StatusBadRequest, fields{"user": "invalid"}, "user key is invalid")
	}
	if d := form.Get("device"); d != "" && !slices.Contains(s.o.Devices, d) {
		return s.refuse(http.StatusBadRequest, fields{"device": "invalid for this user"}, "device name is not valid for user")
	}
	return s.ok(fields{"group": 0, "devices": s.o.Devices, "licenses": []string{"Android"}})
}
