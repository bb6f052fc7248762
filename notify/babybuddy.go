package notify

import (
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

const (
	buddyExample = "https://baby.example"
	// buddyPage is how many entries are asked for at once: with a note of 100
	// characters each they are about 16 KiB, well below answerLimit.
	buddyPage = 50
	// buddyPages bounds a listing: with one entry every quarter of an hour, two
	// days are four pages.
	buddyPages = 20
)

// BabyBuddySettings are what a BabyBuddy takes in the configuration.
func BabyBuddySettings() []Setting {
	return []Setting{
		{Key: "url", Kind: Text, Required: true, Example: buddyExample},
		{Key: "token", Kind: Text, Secret: true, Required: true, Example: "${BABYBUDDY_TOKEN}"},
		{Key: "child", Kind: Text, Required: true, Example: "1"},
		{Key: "insecure_http", Kind: Flag, Example: "false"},
	}
}

// BabyBuddy is the pumping log of one child in a Baby Buddy
// (https://github.com/babybuddy/babybuddy, docs/api.md). It is safe for
// concurrent use.
type BabyBuddy struct {
	scrubber
	root  string
	token string
	child int64
	pace  Pace
}

// BuddyEntry is one entry of the pumping log. Baby Buddy keeps amounts
// without a unit; it refuses a start or an end in the future, a stretch of
// over 24 h, and one that touches another of the child's.
type BuddyEntry struct {
	ID         int64
	Start, End time.Time
	Amount     float64 // 0 may mean that none was measured: Baby Buddy always wants a number
	Notes      string
}

// OpenBabyBuddy makes one of valid settings. It does no I/O.
func OpenBabyBuddy(v Values, t Tools) (*BabyBuddy, []Problem) {
	var problems []Problem
	text, _ := v["url"].(string)
	insecure, _ := v["insecure_http"].(bool)
	root, wrong := checkAddress(text, buddyExample, "the log and the token", insecure)
	if wrong != "" {
		problems = append(problems, Problem{Key: "url", Text: strings.TrimSuffix(wrong, " on this channel")})
	}
	b := &BabyBuddy{root: root, pace: t.Pace.withDefaults()}
	b.token, _ = v["token"].(string)
	b.scrubber = newScrubber("", b.token, "[token]")
	child, _ := v["child"].(string)
	var err error
	if b.child, err = strconv.ParseInt(child, 10, 64); err != nil || b.child < 1 {
		problems = append(problems, Problem{Key: "child", Text: "is not a child's number; it stands in the answer of /api/children/, such as 1"})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return b, nil
}

// buddyDoc is an entry as the API writes it.
type buddyDoc struct {
	ID     int64     `json:"id,omitempty"`
	Child  int64     `json:"child"`
	Amount float64   `json:"amount"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Notes  string    `json:"notes"`
}

func (d *buddyDoc) entry() BuddyEntry {
	return BuddyEntry{ID: d.ID, Start: d.Start, End: d.End, Amount: d.Amount, Notes: d.Notes}
}

// UnmarshalJSON takes null for notes and amounts as Baby Buddy's older
// versions write them.
func (d *buddyDoc) UnmarshalJSON(text []byte) error {
	var doc struct {
		ID     int64     `json:"id"`
		Child  int64     `json:"child"`
		Amount *float64  `json:"amount"`
		Start  time.Time `json:"start"`
		End    time.Time `json:"end"`
		Notes  *string   `json:"notes"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	*d = buddyDoc{ID: doc.ID, Child: doc.Child, Start: doc.Start, End: doc.End}
	if doc.Amount != nil {
		d.Amount = *doc.Amount
	}
	if doc.Notes != nil {
		d.Notes = *doc.Notes
	}
	return nil
}

// Entries are all entries that start at since or later.
func (b *BabyBuddy) Entries(ctx context.Context, since time.Time) ([]BuddyEntry, error) {
	var list []BuddyEntry
	for page := range buddyPages {
		q := url.Values{"child": {strconv.FormatInt(b.child, 10)}, "start_min": {since.UTC().Format(time.RFC3339)},
			"limit": {strconv.Itoa(buddyPage)}, "offset": {strconv.Itoa(page * buddyPage)}}
		var doc struct {
			Next    *string    `json:"next"`
			Results []buddyDoc `json:"results"`
		}
		if err := b.ask(ctx, "reading Baby Buddy's log", http.MethodGet, "?"+q.Encode(), nil, &doc); err != nil {
			return nil, err
		}
		for _, d := range doc.Results {
			// An older version does not know every filter.
			if d.Child == b.child && !d.Start.Before(since) && d.ID > 0 {
				list = append(list, d.entry())
			}
		}
		if doc.Next == nil || len(doc.Results) == 0 {
			return list, nil
		}
	}
	return nil, b.failure(Refused, "reading Baby Buddy's log", fmt.Errorf("it lists more than %d entries of two days", buddyPage*buddyPages))
}

// Entry is one entry. False: there is none of that number any more.
func (b *BabyBuddy) Entry(ctx context.Context, id int64) (BuddyEntry, bool, error) {
	var doc buddyDoc
	err := b.ask(ctx, "reading an entry of Baby Buddy's", http.MethodGet, strconv.FormatInt(id, 10)+"/", nil, &doc)
	if gone(err) {
		return BuddyEntry{}, false, nil
	}
	return doc.entry(), err == nil, err
}

// Add adds an entry and returns its number. A Failure of kind Refused may
// mean that it stands there already: the answer to an earlier try was lost.
func (b *BabyBuddy) Add(ctx context.Context, e BuddyEntry) (int64, error) {
	var doc buddyDoc
	err := b.ask(ctx, "adding to Baby Buddy's log", http.MethodPost, "", b.doc(e), &doc)
	if err == nil && doc.ID < 1 {
		err = b.failure(Unreached, "adding to Baby Buddy's log", errors.New("the answer has no id"))
	}
	return doc.ID, err
}

// Change writes an entry anew. False: there is none of that number any more.
func (b *BabyBuddy) Change(ctx context.Context, e BuddyEntry) (bool, error) {
	err := b.ask(ctx, "changing an entry of Baby Buddy's", http.MethodPatch, strconv.FormatInt(e.ID, 10)+"/", b.doc(e), nil)
	if gone(err) {
		return false, nil
	}
	return err == nil, err
}

// Remove takes an entry out; one that is gone is no error.
func (b *BabyBuddy) Remove(ctx context.Context, id int64) error {
	err := b.ask(ctx, "taking an entry out of Baby Buddy's log", http.MethodDelete, strconv.FormatInt(id, 10)+"/", nil, nil)
	if gone(err) {
		return nil
	}
	return err
}

func (b *BabyBuddy) doc(e BuddyEntry) *buddyDoc {
	return &buddyDoc{Child: b.child, Amount: e.Amount, Start: e.Start.UTC(), End: e.End.UTC(), Notes: e.Notes}
}

func gone(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Status == http.StatusNotFound
}

// ask makes one request below /api/pumping/ and reads its answer.
func (b *BabyBuddy) ask(ctx context.Context, doing, method, path string, body *buddyDoc, into any) error {
	q := request{method: method, address: b.root + "/api/pumping/" + path,
		header: map[string]string{"Authorization": "Token " + b.token, "Accept": "application/json"}}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return b.failure(Refused, doing, err)
		}
		q.body, q.header["Content-Type"] = string(text), "application/json"
	}
	a := q.ask(ctx, b.pace.Request)
	if f := b.lost(ctx, doing, a); f != nil {
		return f
	}
	if kind, text := meaning(a, "baby_buddy.url", b.reason(string(a.body))); kind != 0 {
		if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
			text += "; compare baby_buddy.token with the key on Baby Buddy's page of user settings"
		}
		f := b.failure(kind, doing, errors.New(text))
		f.Status = a.status
		return f
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(firstObject(a.body), into); err != nil {
		return b.failure(Unreached, doing, errors.New("the answer is not Baby Buddy's; baby_buddy.url is the address of its first page"))
	}
	return nil
}
