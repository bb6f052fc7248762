package web

import (
	"time"

	"nightbell/planner"
)

// The documents of the API and of every --json. A key is always present;
// unknown is null. Instants are RFC 3339 with seconds, in the routine's zone;
// lengths are seconds.

// Instant is a point in time as the documents write it; the zero Instant is null.
type Instant struct{ time.Time }

// In is t as a document shows it, in a zone.
func In(zone *time.Location, t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant{t.In(zone)}
}

// MarshalJSON writes the instant with seconds, or null.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + i.Format(time.RFC3339) + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = Instant{}
		return nil
	}
	return i.Time.UnmarshalJSON(b)
}

// PlanDoc is `plan --json`.
type PlanDoc struct {
	Now      Instant    `json:"now"`
	Timezone string     `json:"timezone"`
	State    string     `json:"state"`
	Anchor   Instant    `json:"anchor"`
	Offered  bool       `json:"anchor_offered"` // the anchor is a start that was offered and not taken
	Horizon  Instant    `json:"horizon"`
	Limit    Instant    `json:"limit"`
	Nudge    Instant    `json:"nudge"`
	Day      DayDoc     `json:"day"`
	Starts   []StartDoc `json:"starts"`
	AsIf     Instant    `json:"as_if"` // while the first start is due: when the rest takes it to begin
	Cost     CostDoc    `json:"cost"`
	Problems []string   `json:"problems"`
	Resting  bool       `json:"resting"` // nothing of this is reminded of
	Pauses   []PauseDoc `json:"pauses"`  // those that have not ended
	// Explanation is there only when it is asked for.
	Explanation *ExplanationDoc `json:"explanation,omitempty"`
}

// PauseDoc is one pause.
type PauseDoc struct {
	From Instant `json:"from"`
	To   Instant `json:"to"`
}

// ExplanationDoc says in words what a plan gives and what it gives up.
type ExplanationDoc struct {
	Costs  []CostWordsDoc  `json:"costs"`  // all seven, in order
	Starts []StartWordsDoc `json:"starts"` // those of which there is something to say
}

// CostWordsDoc is a cost, by its name in cost, in words.
type CostWordsDoc struct {
	Cost string `json:"cost"`
	Text string `json:"text"`
}

// StartWordsDoc is why a start is not at the time that one would expect.
type StartWordsDoc struct {
	At   Instant `json:"at"`
	Text string  `json:"text"`
}

// DayDoc is the pumping day.
type DayDoc struct {
	Start  Instant `json:"start"`
	Done   int     `json:"done"`
	Target int     `json:"target"`
}

// StartDoc is one planned start.
type StartDoc struct {
	At      Instant  `json:"at"`
	Kind    string   `json:"kind"`
	Wakes   bool     `json:"wakes"` // it lies inside sleep
	Rings   bool     `json:"rings"` // it comes as an alarm
	Reasons []string `json:"reasons"`
	Text    string   `json:"text"`
}

// CostDoc is what the plan costs, in the order of the principles.
type CostDoc struct {
	Excess       int `json:"excess"`
	Overnight    int `json:"overnight"`
	Sleep        int `json:"sleep"`
	Count        int `json:"count"`
	PowerMissing int `json:"power_missing"`
	PowerOff     int `json:"power_off"`
	Uneven       int `json:"uneven"`
}

// PlanOf is the document of a plan. Starts after until are left out; a zero
// until keeps all.
func PlanOf(p planner.Plan, zone *time.Location, until time.Time) PlanDoc {
	doc := PlanDoc{
		Now: In(zone, p.Now), Timezone: zone.String(), State: string(p.State),
		Anchor: In(zone, p.Anchor), Horizon: In(zone, p.Horizon), Limit: In(zone, p.Limit), Nudge: In(zone, p.Nudge), AsIf: In(zone, p.AsIf), Offered: p.Offered,
		Day: DayOf(p, zone), Starts: []StartDoc{}, Cost: CostDoc(p.Cost), Problems: append([]string{}, p.Problems...),
		Pauses: []PauseDoc{},
	}
	for _, s := range p.Starts {
		if until.IsZero() || !s.At.After(until) {
			doc.Starts = append(doc.Starts, StartOf(s, zone))
		}
	}
	return doc
}

// ExplanationOf is the document of a plan's explanation.
func ExplanationOf(x planner.Explanation, p planner.Plan, zone *time.Location) *ExplanationDoc {
	doc := &ExplanationDoc{Starts: []StartWordsDoc{}}
	for i, name := range [...]string{"excess", "overnight", "sleep", "count", "power_missing", "power_off", "uneven"} {
		doc.Costs = append(doc.Costs, CostWordsDoc{name, x.Costs[i]})
	}
	for i, text := range x.Starts {
		if text != "" {
			doc.Starts = append(doc.Starts, StartWordsDoc{In(zone, p.Starts[i].At), text})
		}
	}
	return doc
}

// DayOf is the document of a plan's pumping day.
func DayOf(p planner.Plan, zone *time.Location) DayDoc {
	return DayDoc{Start: In(zone, p.Day.Start), Done: p.Day.Done, Target: p.Day.Target}
}

// StartOf is the document of one start.
func StartOf(s planner.Start, zone *time.Location) StartDoc {
	doc := StartDoc{At: In(zone, s.At), Kind: string(s.Kind), Wakes: s.Wakes, Reasons: []string{}, Text: s.Text}
	for _, r := range s.Reasons {
		doc.Reasons = append(doc.Reasons, string(r))
	}
	return doc
}

// SessionsDoc is `sessions --json`.
type SessionsDoc struct {
	Sessions []SessionDoc `json:"sessions"`
}

// SessionDoc is one logged session. Minutes is a length in minutes, as in the
// files that are exported; null when it was not logged.
type SessionDoc struct {
	ID         int64    `json:"id"`
	Start      Instant  `json:"start"`
	Kind       string   `json:"kind"`
	Minutes    *int     `json:"minutes"`
	LeftML     *float64 `json:"left_ml"`
	RightML    *float64 `json:"right_ml"`
	ML         *float64 `json:"ml"`
	Pain       bool     `json:"pain"`
	Note       string   `json:"note"`
	Source     string   `json:"source"`
	Counted    bool     `json:"counted"`
	MergedInto *int64   `json:"merged_into"`
	Deleted    bool     `json:"deleted,omitempty"`
	Begun      bool     `json:"-"` // "starting" was said and "done" was not
}

// StatusDoc is `status --json`.
type StatusDoc struct {
	Now          Instant       `json:"now"`
	Timezone     string        `json:"timezone"`      // the one in force
	HomeTimezone string        `json:"home_timezone"` // the configuration's
	State        string        `json:"state"`         // those of the plan, or resting
	Anchor       Instant       `json:"anchor"`
	Next         *StartDoc     `json:"next"`
	Limit        Instant       `json:"limit"`
	Nudge        Instant       `json:"nudge"`
	Day          DayDoc        `json:"day"`
	PausedUntil  Instant       `json:"paused_until"`
	Pauses       []PauseDoc    `json:"pauses"` // those that have not ended
	Pain         Instant       `json:"pain"`   // since when it hurts; null: it does not
	Reminder     *ReminderDoc  `json:"reminder"`
	Unanswered   Instant       `json:"unanswered"` // the start that nobody answered, while nothing was logged since; null: none of the last 12 h
	Channels     []ChannelDoc  `json:"channels"`
	Partner      *PartnerDoc   `json:"partner"` // who else is told of an alarm; null: nobody
	Heartbeat    *HeartbeatDoc `json:"heartbeat"`
	NeedsPerson  []string      `json:"needs_person"`
	Last         Instant       `json:"last"`     // start of the last counted session
	Running      bool          `json:"running"`  // a daemon answered; false: read from the journal
	Starting     *string       `json:"starting"` // what a daemon that has just started waits for before it reminds; null: nothing
	Data         string        `json:"data"`
	Config       string        `json:"config"`     // the file in force, by its full path
	TimeLapse    *float64      `json:"time_lapse"` // how many times as fast the clock runs; null: it is the real one
}

// ReminderDoc is the open reminder.
type ReminderDoc struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"`
	Due          Instant   `json:"due"`
	State        string    `json:"state"`
	SnoozedUntil Instant   `json:"snoozed_until"`
	Pushes       []PushDoc `json:"pushes"`
}

// PushDoc is one push of a reminder, or (outcome withdrawn) its taking back.
type PushDoc struct {
	Channel string  `json:"channel"`
	Level   string  `json:"level"`
	At      Instant `json:"at"`
	Outcome string  `json:"outcome"`
	Tries   int     `json:"tries"`
}

// ChannelDoc is the health of one channel.
type ChannelDoc struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	OK          bool     `json:"ok"`
	LastSuccess Instant  `json:"last_success"`
	LastError   *string  `json:"last_error"`
	Queued      int      `json:"queued"`
	Answers     []string `json:"answers"`
	Partner     bool     `json:"partner"` // it is the partner's, and gets nothing but an alarm that nobody answers

	RepliesIgnored *IgnoredDoc `json:"replies_ignored"` // null: nothing comes back through its service, or no daemon runs
}

// IgnoredDoc counts the replies through a service that changed nothing, since
// the daemon started.
type IgnoredDoc struct {
	Forged   int `json:"forged"`   // without a true key: somebody else knows where replies go
	Expired  int `json:"expired"`  // with a true key whose time is over
	Repeated int `json:"repeated"` // of what was answered already, such as a second tap
}

// PartnerDoc is who else is told of an alarm that nobody answers.
type PartnerDoc struct {
	After    int      `json:"after"` // seconds
	Channels []string `json:"channels"`
}

// HeartbeatDoc is the outside heartbeat.
type HeartbeatDoc struct {
	Last     Instant  `json:"last"`     // when one last got through
	OK       bool     `json:"ok"`       // the last audit held, and the watcher heard of it
	Problems []string `json:"problems"` // why none is sent, or does not get through
}

// ErrorDoc is the one shape of an error.
type ErrorDoc struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}
