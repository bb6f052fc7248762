package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Field is one field of an edit: it keeps what is there, takes it out, or
// puts something in its place. In JSON that is absent, null, and the value
// (RFC 7396, JSON Merge Patch). The zero Field keeps.
type Field[T any] struct {
	given bool
	value *T
}

// To puts v in the place of what is there.
func To[T any](v T) Field[T] { return Field[T]{true, &v} }

// Without takes out what is there.
func Without[T any]() Field[T] { return Field[T]{given: true} }

// Given tells whether the field changes anything. The value is nil when what
// is there is to be taken out.
func (f Field[T]) Given() (value *T, given bool) { return f.value, f.given }

// IsZero leaves a field that keeps out of a document.
func (f Field[T]) IsZero() bool { return !f.given }

// MarshalJSON writes the value, or null.
func (f Field[T]) MarshalJSON() ([]byte, error) { return json.Marshal(f.value) }

// UnmarshalJSON reads what MarshalJSON writes. It is not called for an absent
// field.
func (f *Field[T]) UnmarshalJSON(b []byte) error {
	f.given, f.value = true, nil
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	f.value = new(T)
	return json.Unmarshal(b, f.value)
}

// SessionEdit is what is to change of a session: the body of a PATCH.
type SessionEdit struct {
	Start   Field[time.Time] `json:"start,omitzero"`
	Kind    Field[string]    `json:"kind,omitzero"`
	Minutes Field[int]       `json:"minutes,omitzero"`
	LeftML  Field[float64]   `json:"left_ml,omitzero"`
	RightML Field[float64]   `json:"right_ml,omitzero"`
	ML      Field[float64]   `json:"ml,omitzero"`
	Pain    Field[bool]      `json:"pain,omitzero"`
	Note    Field[string]    `json:"note,omitzero"`
}

// IsZero tells that nothing is to change.
func (e SessionEdit) IsZero() bool { return e == SessionEdit{} }

// Check finds what is wrong with the values, by the rules of SessionFields.
func (e SessionEdit) Check() error { return e.CheckIn("ml") }

// CheckIn is Check with amounts in a unit, ml or oz.
func (e SessionEdit) CheckIn(unit string) error {
	switch {
	case e.Start.given && e.Start.value == nil:
		return Wrong("a session has a start; to take all of it out, delete it")
	case e.Kind.given && (e.Kind.value == nil || *e.Kind.value == ""):
		return Wrong("a session has a kind; use pump, power, nurse or hand")
	}
	f := SessionFields{LeftML: e.LeftML.value, RightML: e.RightML.value, ML: e.ML.value}
	if e.Kind.value != nil {
		f.Kind = *e.Kind.value
	}
	if e.Minutes.value != nil {
		f.Minutes = *e.Minutes.value
	}
	if e.Note.value != nil {
		f.Note = *e.Note.value
	}
	return f.CheckIn(unit)
}

// session serves a change of one session.
func (a *api) session(what What) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := Request{What: what}
		var err error
		if q.ID, err = strconv.ParseInt(r.PathValue("id"), 10, 64); err != nil || q.ID < 1 {
			a.fail(w, NotFound("%q is no session; sessions have numbers, as the list of them shows", r.PathValue("id")))
			return
		}
		if what == Edit {
			err = readJSON(w, r, &q.Edit)
		}
		if err == nil {
			err = q.Edit.Check()
		}
		if err == nil {
			q.Key, err = keyOf(r)
		}
		if err != nil {
			a.fail(w, err)
			return
		}
		reply, err := a.desk.Do(r.Context(), q)
		a.reply(w, reply, err)
	}
}
