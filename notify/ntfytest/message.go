package ntfytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What the server takes (https://docs.ntfy.sh/publish/).
const (
	mostText    = 4096 // bytes; a longer text would become an attachment, which this server has none of
	mostBody    = 2 * mostText
	mostActions = 3
	leastDelay  = 10 * time.Second
	mostDelay   = 3 * 24 * time.Hour
)

var (
	topicForm    = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)
	sequenceForm = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)
)

// Message is one event of a topic.
type Message struct {
	ID       string   `json:"id"`
	Sequence string   `json:"sequence_id,omitempty"`
	Time     int64    `json:"time"` // of delivery, Unix seconds
	Event    string   `json:"event"`
	Topic    string   `json:"topic"`
	Title    string   `json:"title,omitempty"`
	Text     string   `json:"message,omitempty"`
	Priority int      `json:"priority,omitempty"`
	Click    string   `json:"click,omitempty"`
	Actions  []Action `json:"actions,omitempty"`
}

// Action is a button.
type Action struct {
	ID      string            `json:"id,omitempty"`
	Action  string            `json:"action"`
	Label   string            `json:"label"`
	URL     string            `json:"url"`
	Method  string            `json:"method,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Clear   bool              `json:"clear"`
}

// publication is a body of POST /.
type publication struct {
	Topic    string   `json:"topic"`
	Title    string   `json:"title"`
	Message  string   `json:"message"`
	Priority int      `json:"priority"`
	Click    string   `json:"click"`
	Actions  []Action `json:"actions"`
	Sequence string   `json:"sequence_id"`
	Delay    string   `json:"delay"`
}

// known are the other fields of a publication, which nothing here needs.
func known() []string {
	return []string{"topic", "title", "message", "priority", "click", "actions", "sequence_id", "delay",
		"tags", "attach", "icon", "filename", "email", "call", "markdown", "cache", "firebase"}
}

// refusal is an error in the server's form.
type refusal struct {
	Code int    `json:"code"`
	HTTP int    `json:"http"`
	Text string `json:"error"`
	Link string `json:"link,omitempty"`
}

func refuse(code int, text string) *refusal {
	return &refusal{Code: code, HTTP: code / 100, Text: text}
}

// publishJSON is POST /. Called with the lock held, as all endpoints.
func (s *Server) publishJSON(body, token string) (Message, *refusal) {
	var p publication
	if len(body) > mostBody {
		return Message{}, refuse(41303, "JSON body too large")
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return Message{}, refuse(40017, "invalid request: request body must be message JSON")
	}
	var all map[string]json.RawMessage
	_ = json.Unmarshal([]byte(body), &all) // it was an object
	for key := range all {
		if !slices.Contains(known(), key) {
			s.violations = append(s.violations, fmt.Sprintf("the field %q is unknown", key))
		}
	}
	if s.o.Token != "" && strings.Contains(body, s.o.Token) {
		s.violations = append(s.violations, "a token travels in a message")
	}
	now := s.o.Now()
	m := Message{ID: s.name(), Sequence: p.Sequence, Time: now.Unix(), Event: "message", Topic: p.Topic,
		Title: p.Title, Text: p.Message, Priority: p.Priority, Click: p.Click, Actions: p.Actions}
	if wrong := m.check(); wrong != nil {
		return m, wrong
	}
	if wrong := s.allowed(m.Topic, token, true); wrong != nil {
		return m, wrong
	}
	if m.Text == "" {
		m.Text = "triggered"
	}
	if s.o.Old {
		m.Sequence = ""
	}
	if p.Delay == "" {
		s.log = append(s.log, m)
		return m, nil
	}
	at, wrong := due(p.Delay, now)
	if wrong != nil {
		return m, wrong
	}
	m.Time = at.Unix()
	s.scheduled = append(s.scheduled, m) // beside what has the same name, see doc.go
	return m, nil
}

// publishText is POST /TOPIC: the body is the text. So phones reply.
func (s *Server) publishText(topic, body string) (Message, *refusal) {
	m := Message{ID: s.name(), Time: s.o.Now().Unix(), Event: "message", Topic: topic, Text: body}
	if wrong := m.check(); wrong != nil {
		return m, wrong
	}
	if m.Text == "" {
		m.Text = "triggered"
	}
	s.log = append(s.log, m)
	return m, nil
}

// due reads a delay: Unix seconds or a length.
func due(delay string, now time.Time) (time.Time, *refusal) {
	at := time.Time{}
	if n, err := strconv.ParseInt(delay, 10, 64); err == nil {
		at = time.Unix(n, 0)
	} else if d, err := time.ParseDuration(delay); err == nil {
		at = now.Add(d)
	} else {
		return at, refuse(40004, "invalid delay parameter: unable to parse delay")
	}
	switch ahead := at.Sub(now); {
	case ahead < leastDelay:
		return at, refuse(40005, "invalid delay parameter: too small, please refer to the docs")
	case ahead > mostDelay:
		return at, refuse(40006, "invalid delay parameter: too large, please refer to the docs")
	}
	return at, nil
}

// check says what is wrong with a message; nil: nothing.
func (m Message) check() *refusal {
	switch {
	case !topicForm.MatchString(m.Topic):
		return refuse(40009, "invalid request: topic invalid")
	case !utf8.ValidString(m.Text):
		return refuse(40011, "invalid message: message must be UTF-8 encoded")
	case len(m.Text) > mostText:
		return refuse(40014, "invalid request: attachments not allowed")
	case m.Priority < 0 || m.Priority > 5:
		return refuse(40007, "invalid priority parameter")
	case m.Sequence != "" && !sequenceForm.MatchString(m.Sequence):
		return refuse(40049, "invalid request: sequence ID invalid")
	case len(m.Actions) > mostActions:
		return refuse(40018, "invalid request: actions invalid, only 3 actions allowed")
	}
	for _, a := range m.Actions {
		u, err := url.Parse(a.URL)
		if a.Action != "http" && a.Action != "view" || a.Label == "" || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return refuse(40018, "invalid request: actions invalid, parameter missing or not known")
		}
	}
	return nil
}

// event is DELETE and clear of a sequence. Nothing has to be there.
func (s *Server) event(kind, topic, sequence string) (Message, *refusal) {
	if !topicForm.MatchString(topic) || !sequenceForm.MatchString(sequence) {
		return Message{}, refuse(40401, "page not found")
	}
	if kind == "message_delete" {
		s.scheduled = slices.DeleteFunc(s.scheduled, func(m Message) bool { return m.Topic == topic && m.name() == sequence })
	}
	m := Message{ID: s.name(), Sequence: sequence, Time: s.o.Now().Unix(), Event: kind, Topic: topic}
	s.log = append(s.log, m)
	return m, nil
}

// name is what a message is replaced and deleted by.
func (m Message) name() string {
	if m.Sequence != "" {
		return m.Sequence
	}
	return m.ID
}

// deliver moves what fell due to what was delivered.
func (s *Server) deliver() {
	now := s.o.Now()
	slices.SortStableFunc(s.scheduled, func(a, b Message) int { return int(a.Time - b.Time) })
	for len(s.scheduled) > 0 && !time.Unix(s.scheduled[0].Time, 0).After(now) {
		s.log, s.scheduled = append(s.log, s.scheduled[0]), s.scheduled[1:]
	}
}

// since returns what a topic holds after a message's id, an instant, or all of
// it. An id that is not there counts as all, as on the real server.
func (s *Server) since(topic, from string, scheduled bool) []Message {
	all := slices.Clone(s.log)
	if scheduled {
		all = append(all, s.scheduled...)
	}
	after, oldest := 0, s.o.Now().Add(-keeps).Unix()
	if at, err := strconv.ParseInt(from, 10, 64); err == nil {
		oldest = max(oldest, at)
	} else if i := slices.IndexFunc(all, func(m Message) bool { return m.ID == from && m.Time >= oldest }); i >= 0 {
		after = i + 1
	}
	return slices.DeleteFunc(all[after:], func(m Message) bool { return m.Topic != topic || m.Time < oldest || from == "" })
}

// line is a message as a stream has it.
func (m Message) line() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic(err) // only values of this package get here
	}
	return b.Bytes()
}

func readAll(r *http.Request) string {
	text, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return ""
	}
	return string(text)
}
