package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// What names a request that changes something.
type What string

// The requests.
const (
	Log    What = "log"
	Start  What = "start"
	Done   What = "done"
	Snooze What = "snooze"
	Skip   What = "skip"
	Pause  What = "pause"
	Resume What = "resume"
	Rest   What = "rest"
	Pain   What = "pain"
	Zone   What = "zone"
	Heard  What = "heard" // stops the ringing and logs nothing
	Undo   What = "undo"
	Edit   What = "edit"
	Delete What = "delete"
	// Unpark takes back what services hold for later, and parks nothing for a
	// while: the service is going away. The reply is Already once nothing is
	// left; asking again asks how far it is.
	Unpark What = "unpark"
)

// OpenReminder stands for whichever reminder is open, in place of its ID.
const OpenReminder = "open"

// Request asks for a change. Which fields count depends on What.
type Request struct {
	What     What          `json:"what"`
	Reminder string        `json:"reminder,omitempty"` // start, done, snooze, skip: which; empty: the open one
	At       time.Time     `json:"at,omitzero"`        // the instant it speaks of; zero: now
	For      time.Duration `json:"-"`                  // snooze, pause: how long; "for" in the document, in seconds
	Until    time.Time     `json:"until,omitzero"`     // pause
	Tonight  bool          `json:"tonight,omitempty"`  // pause: from bedtime to waking
	Session  SessionFields `json:"session,omitzero"`   // log, start, done
	On       *bool         `json:"on,omitempty"`       // pain: begin (or nil) or clear
	Zone     *string       `json:"zone,omitempty"`     // zone: its name; empty: the configuration's
	ID       int64         `json:"-"`                  // edit, delete: which session
	Edit     SessionEdit   `json:"-"`                  // edit: what changes of it
	Change   int64         `json:"change,omitempty"`   // undo: only this change, if it is still the last; 0: whichever is
	Source   string        `json:"source,omitempty"`   // cli, api, page, answer:CHANNEL
	Channel  string        `json:"-"`                  // the channel it came by
	Key      string        `json:"-"`                  // asked again with this key, it is carried out once; empty: no key
}

// requestDoc is a Request as the API writes it: lengths are seconds.
type requestDoc struct {
	requestFields
	For float64 `json:"for,omitempty"`
}

type requestFields Request

// MarshalJSON writes the document of a request.
func (q Request) MarshalJSON() ([]byte, error) {
	return json.Marshal(requestDoc{requestFields(q), q.For.Seconds()})
}

// UnmarshalJSON reads the document of a request; a key it does not know is an
// error.
func (q *Request) UnmarshalJSON(text []byte) error {
	var doc requestDoc
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return err
	}
	if doc.For < 0 || doc.For > secondsMost {
		return fmt.Errorf("for: %g is not a length in seconds; use 0 to %d", doc.For, secondsMost)
	}
	*q = Request(doc.requestFields)
	q.For = time.Duration(doc.For * float64(time.Second))
	return nil
}

// Hash tells two requests with one key apart: it is that of all they ask for.
func (q Request) Hash() string {
	text, _ := json.Marshal(struct {
		Asked Request
		Edit  SessionEdit
		ID    int64
	}{q, q.Edit, q.ID}) // numbers, texts and instants: they can be written
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// secondsMost bounds every length that is asked for: a month.
const secondsMost = 31 * 24 * 3600

// SessionFields are what a person says of a session besides its start.
type SessionFields struct {
	Kind    string   `json:"kind,omitempty"`    // pump, power, nurse, hand; empty: pump
	Minutes int      `json:"minutes,omitempty"` // 0: not said
	LeftML  *float64 `json:"left_ml,omitempty"`
	RightML *float64 `json:"right_ml,omitempty"`
	ML      *float64 `json:"ml,omitempty"`
	Pain    bool     `json:"pain,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// Limits of what is taken. They keep the journal sane; no session is longer
// than three hours, no amount larger than two litres, no note longer than
// 2,000 characters.
const (
	minutesMost = 180
	mlMost      = 2000
	noteMost    = 2000
)

// Check finds what is wrong with the fields, with amounts in millilitres.
func (f SessionFields) Check() error { return f.CheckIn("ml") }

// CheckIn is Check with amounts in a unit, ml or oz.
func (f SessionFields) CheckIn(unit string) error {
	if err := f.CheckEach(unit); err != nil {
		return err
	}
	sides, agree := f.sides()
	if agree {
		return nil
	}
	return Wrong("in all %s, on the sides %s: they disagree; say only one of them, or both alike", inUnit(*f.ML, unit), inUnit(sides, unit))
}

// sumSlack is how far a total and its sides may be apart, in ml: each is read
// by itself, from bottles that are marked every 5 ml.
const sumSlack = 5

// sides is what the sides make together, in ml, and whether that agrees with
// the total: it may be less where one side is not said.
func (f SessionFields) sides() (sum float64, agree bool) {
	for _, v := range []*float64{f.LeftML, f.RightML} {
		if v != nil {
			sum += *v
		}
	}
	all := f.LeftML != nil && f.RightML != nil
	return sum, f.ML == nil || sum <= *f.ML+sumSlack && (!all || sum >= *f.ML-sumSlack)
}

// CheckEach finds what is wrong with each of the fields by itself. What an
// import brings was written down elsewhere, and need not agree.
func (f SessionFields) CheckEach(unit string) error {
	switch f.Kind {
	case "", "pump", "power", "nurse", "hand":
	default:
		return Wrong("kind %q is not known; use pump, power, nurse or hand", f.Kind)
	}
	if f.Minutes < 0 || f.Minutes > minutesMost {
		return Wrong("%d minutes is not a length of a session; use 1 to %d", f.Minutes, minutesMost)
	}
	for name, v := range map[string]*float64{unit: f.ML, "left": f.LeftML, "right": f.RightML} {
		if v != nil && !(*v >= 0 && *v <= mlMost) {
			return Wrong("%s: %s is not an amount; use 0 to %d", name, inUnit(*v, unit), Setting{Ounces: unit == "oz"}.most())
		}
	}
	if len([]rune(f.Note)) > noteMost {
		return Wrong("the note has %d characters; at most %d are kept", len([]rune(f.Note)), noteMost)
	}
	return nil
}

// inUnit writes an amount of millilitres with its unit, ml or oz; ounces to the
// hundredth, as a person may have typed them.
func inUnit(ml float64, unit string) string {
	if unit == "oz" {
		ml = math.Round(ml/mlPerOunce*100) / 100
	}
	return strconv.FormatFloat(ml, 'f', -1, 64) + " " + unit
}

// Reply is what a request did.
type Reply struct {
	Text    string      `json:"text"`              // one line for people
	Already bool        `json:"already,omitempty"` // it had been done before; nothing changed
	Session int64       `json:"-"`                 // the session it logged, completed or found; 0: none
	Logged  *SessionDoc `json:"session"`
	Next    time.Time   `json:"next,omitzero"` // the next start after it; zero: none planned
}

// Problem is an error whose text is for people and whose code is for programs.
type Problem struct {
	Code string // one of the codes below
	Err  error
}

func (p *Problem) Error() string { return p.Err.Error() }
func (p *Problem) Unwrap() error { return p.Err }

// The codes of a Problem.
const (
	codeWrong       = "wrong"
	codeNotFound    = "not_found"
	codeMethod      = "method_not_allowed"
	codeConflict    = "conflict"
	codeUnavailable = "unavailable"
	codeUnknown     = "unknown" // who asks is not known
	codeRefused     = "refused" // who asks may not
	codeTooLarge    = "too_large"
	codeTooMany     = "too_many"
	codeInternal    = "internal"
)

// Wrong is a request that cannot be meant: 400, or exit code 2.
func Wrong(format string, args ...any) error {
	return &Problem{codeWrong, fmt.Errorf(format, args...)}
}

// NotFound is a request for something that is not there: 404.
func NotFound(format string, args ...any) error {
	return &Problem{codeNotFound, fmt.Errorf(format, args...)}
}

// WrongMethod is a request for something that is there, by a method that it does
// not take: 405.
func WrongMethod(format string, args ...any) error {
	return &Problem{codeMethod, fmt.Errorf(format, args...)}
}

// Conflict is a request that does not fit how things stand: 409.
func Conflict(format string, args ...any) error {
	return &Problem{codeConflict, fmt.Errorf(format, args...)}
}

// Unavailable is a request that cannot be carried out just now: 503.
func Unavailable(format string, args ...any) error {
	return &Problem{codeUnavailable, fmt.Errorf(format, args...)}
}

// Unknown is a request of somebody who is not known: 401.
func Unknown(format string, args ...any) error {
	return &Problem{codeUnknown, fmt.Errorf(format, args...)}
}

// Refused is a request that is not let in: 403.
func Refused(format string, args ...any) error {
	return &Problem{codeRefused, fmt.Errorf(format, args...)}
}

// TooLarge is a request that is longer than it may be: 413.
func TooLarge(most int64) error {
	return &Problem{codeTooLarge, fmt.Errorf("the request's body is too large; at most %d bytes are read here", most)}
}

// TooMany is one request too many: 429.
func TooMany(format string, args ...any) error {
	return &Problem{codeTooMany, fmt.Errorf(format, args...)}
}

// guess is a Problem of somebody who brought a key that opens nothing. The
// site counts these.
type guess struct{ error }

func (g guess) Unwrap() error { return g.error }

// WrongKey is a link whose key opens nothing: 404.
func WrongKey(format string, args ...any) error { return guess{NotFound(format, args...)} }

// IsWrong tells whether err is a request that cannot be meant.
func IsWrong(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == codeWrong
}
