package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"nightbell/planner"
)

// do carries out what a form of the page asks for, and leads back to a page:
// reloading that asks for nothing again.
func (p *pageDesk) do(w http.ResponseWriter, r *http.Request) {
	set, s, err := p.setting(r.Context())
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	now := s.Now.Time
	if err := r.ParseForm(); err != nil {
		p.refuse(w, r, Wrong("the form: %w", err))
		return
	}
	q, err := requestOf(r.PostForm, set, now)
	if err == nil {
		_, err = p.Desk.Do(r.Context(), q)
	}
	if err != nil {
		p.unable(w, r, q, err)
		return
	}
	to := r.PostForm.Get("to")
	switch to {
	case "log", "history":
	default:
		to = ""
	}
	back(w, to)
}

// unable says on the page what did not work.
func (p *pageDesk) unable(w http.ResponseWriter, r *http.Request, q Request, err error) {
	l := p.languages.choose(r)
	status, text := problemText(l, q.What, err)
	if status == http.StatusInternalServerError {
		p.Log.Error("answering the page", "err", err)
	}
	switch r.PostForm.Get("from") {
	case "log":
		p.showLog(w, r, status, text, r.PostForm)
	case "edit":
		p.showEdit(w, r, status, text, r.PostForm.Get("id"), r.PostForm)
	default:
		p.showNow(w, r, status, text)
	}
}

// requestOf reads a form. The fields are those of the templates; at is the
// instant of a tap, which page.js adds.
func requestOf(form url.Values, set Setting, now time.Time) (Request, error) {
	unfold(form)
	q := Request{What: What(form.Get("what")), Reminder: form.Get("reminder"), Source: "page"}
	var err error
	if at := form.Get("at"); at != "" {
		// Only with its instant is a tap the same when it is sent again.
		if q.Key = form.Get("key"); len(q.Key) > keyMost || !printable(q.Key) {
			return q, wrongForm("wrong.again")
		}
		if q.At, err = time.Parse(time.RFC3339, at); err != nil {
			return q, wrongForm("wrong.again")
		}
	}
	switch q.What {
	case Start, Done, Skip, Resume, Rest:
		q.Session.Kind = form.Get("kind")
	case Snooze:
		q.For, err = minutesField(form, "for")
	case Pause:
		err = pauseOf(&q, form, set, now)
	case Pain:
		on := form.Get("on") != ""
		q.On = &on
	case Zone:
		name := form.Get("zone")
		q.Zone = &name
	case Undo:
		q.Change, err = number(form.Get("change"))
	case Log:
		err = logOf(&q, form, set, now)
	case Edit, Delete:
		if q.ID, err = number(form.Get("id")); err == nil && q.What == Edit {
			err = editOf(&q, form, set)
		}
	default:
		return q, wrongForm("wrong.again")
	}
	if err == nil {
		err = q.Session.Check()
	}
	return q, err
}

// unfold writes out what a single button says: which answer, and its length.
func unfold(form url.Values) {
	set := func(what What, key, value string) {
		form.Set("what", string(what))
		form.Set(key, value)
	}
	switch {
	case form.Has("snooze"):
		set(Snooze, "for", form.Get("snooze"))
	case form.Get("pause") == "tonight":
		set(Pause, "tonight", "1")
	case form.Has("pause"):
		set(Pause, "for", form.Get("pause"))
	case form.Has("power"):
		set(Start, "kind", "power")
	case form.Has("hurts"):
		set(Pain, "on", "1")
	}
}

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, wrongForm("wrong.again")
	}
	return n, nil
}

// minutesField reads a length in minutes; absent it is zero.
func minutesField(form url.Values, key string) (time.Duration, error) {
	text := strings.TrimSpace(form.Get(key))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > secondsMost/60 {
		return 0, wrongForm("wrong.number", text, 20)
	}
	return time.Duration(n) * time.Minute, nil
}

func pauseOf(q *Request, form url.Values, set Setting, now time.Time) error {
	if q.Tonight = form.Get("tonight") != ""; q.Tonight {
		return nil
	}
	if hasField(form, "until") {
		clock, err := planner.ParseTimeOfDay(form.Get("until"))
		if err != nil {
			return wrongForm("wrong.until")
		}
		today := planner.DateOf(now.In(set.Routine.Location))
		if q.Until = clock.On(today, set.Routine.Location); !q.Until.After(now) {
			q.Until = clock.On(planner.DateOf(now.In(set.Routine.Location).AddDate(0, 0, 1)), set.Routine.Location)
		}
		return nil
	}
	length, err := minutesField(form, "for")
	if err == nil && !q.At.IsZero() { // it began with the tap
		q.Until = q.At.Add(length)
		return nil
	}
	q.For = length
	return err
}

// logOf reads a session that lies back: so many minutes, or a time.
func logOf(q *Request, form url.Values, set Setting, now time.Time) error {
	tapped := q.At
	if tapped.IsZero() {
		tapped = now
	}
	ago, err := minutesField(form, "ago")
	switch {
	case err != nil:
		return err
	case ago > 0:
		q.At = tapped.Add(-ago)
	default:
		if q.At, err = when(form.Get("start"), set.Routine.Location); err != nil {
			return err
		}
	}
	q.Session, err = fieldsOf(form, set)
	if err == nil {
		err = set.agree(q.Session)
	}
	return err
}

// when reads what an <input type=datetime-local> sends, as the wall clock
// shows it.
func when(text string, zone *time.Location) (time.Time, error) {
	day, clock, _ := strings.Cut(text, "T")
	date, err := planner.ParseDate(day)
	if err != nil {
		return time.Time{}, wrongForm("wrong.when")
	}
	at, err := planner.ParseTimeOfDay(clock[:min(len(clock), len("15:04"))])
	if err != nil {
		return time.Time{}, wrongForm("wrong.when")
	}
	return at.On(date, zone), nil
}

// fieldsOf reads what a form says of a session besides its start.
func fieldsOf(form url.Values, set Setting) (SessionFields, error) {
	f := SessionFields{Kind: form.Get("kind"), Pain: form.Get("pain") != "", Note: strings.TrimSpace(form.Get("note"))}
	length, err := minutesField(form, "minutes")
	if err != nil {
		return f, err
	}
	if f.Minutes = int(length / time.Minute); f.Minutes > minutesMost {
		return f, wrongForm("wrong.minutes")
	}
	for key, into := range map[string]**float64{"ml": &f.ML, "left": &f.LeftML, "right": &f.RightML} {
		ml, ok := set.read(form.Get(key))
		switch {
		case !ok:
			return f, wrongForm("wrong.number", form.Get(key), 30)
		case ml != nil && !(*ml >= 0 && *ml <= mlMost):
			return f, wrongForm("wrong.amount", set.most())
		}
		*into = ml
	}
	return f, nil
}

// editOf reads a whole session: what the form leaves empty is taken out. A
// start that the form shows as before stays to the second.
func editOf(q *Request, form url.Values, set Setting) error {
	f, err := fieldsOf(form, set)
	if err != nil {
		return err
	}
	if form.Get("start") != form.Get("was") {
		start, err := when(form.Get("start"), set.Routine.Location)
		if err != nil {
			return err
		}
		q.Edit.Start = To(start)
	}
	if f.Kind != "" {
		q.Edit.Kind = To(f.Kind)
	}
	q.Edit.Minutes, q.Edit.Note, q.Edit.Pain = Without[int](), To(f.Note), To(f.Pain)
	if f.Minutes > 0 {
		q.Edit.Minutes = To(f.Minutes)
	}
	// An amount that the form shows as before stays to the last decimal.
	changed := false
	for key, e := range map[string]struct {
		field *Field[float64]
		ml    *float64
	}{"ml": {&q.Edit.ML, f.ML}, "left": {&q.Edit.LeftML, f.LeftML}, "right": {&q.Edit.RightML, f.RightML}} {
		switch {
		case form.Get(key) == form.Get(key+".was"):
			continue
		case e.ml == nil:
			*e.field = Without[float64]()
		default:
			*e.field = To(*e.ml)
		}
		changed = true
	}
	if !changed {
		return nil // an import may have brought amounts that disagree
	}
	return set.agree(f)
}
