package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// logView is the page on which an earlier session is logged, and the one on
// which a session is changed.
type logView struct {
	frame
	Session sessionView
	Was     sessionView // as it stands
	Ago     []agoView
	Kinds   []kindView
	Amounts bool // somebody logged one lately: the fields stand open
}

// agoView is one tap that logs a session so many minutes back.
type agoView struct {
	Minutes int
	Words   string
}

type kindView struct {
	Kind, Words string
	Chosen      bool
}

// amountsFor is how far back an amount shows that amounts are in use.
const amountsFor = 14 * 24 * time.Hour

// log serves the page for an earlier session.
func (p *pageDesk) log(w http.ResponseWriter, r *http.Request) {
	form := url.Values{}
	if at := r.URL.Query().Get("start"); at != "" { // from the first page: a start that nobody answered
		if _, err := time.Parse(startForm, at); err == nil {
			form.Set("start", at)
		}
	}
	p.showLog(w, r, http.StatusOK, "", form)
}

// startForm is an instant as a form's field for date and time holds it.
const startForm = "2006-01-02T15:04"

func (p *pageDesk) showLog(w http.ResponseWriter, r *http.Request, status int, problem string, form url.Values) {
	set, s, err := p.setting(r.Context())
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	now := s.Now.Time
	v := logView{frame: p.frame(w, r, "log", s, set)}
	v.Problem = problem
	v.Session = sessionView{Start: now.Add(-20 * time.Minute).In(set.Routine.Location).Format(startForm), Kind: "pump"}
	v.refill(form)
	for _, minutes := range []int{10, 20, 30, 45, 60, 90, 120} { // what people say when asked; one tap each
		v.Ago = append(v.Ago, agoView{minutes, v.L.T("log.ago.unit", v.L.Gap(time.Duration(minutes)*time.Minute))})
	}
	v.kinds()
	if v.Amounts, err = p.amountsUsed(r, now); err != nil {
		p.refuse(w, r, err)
		return
	}
	p.write(w, r, status, "page_log.html", &v)
}

// refill keeps what was typed when something in it did not work.
func (v *logView) refill(form url.Values) {
	if form == nil {
		return
	}
	s := &v.Session
	for key, into := range map[string]*string{"start": &s.Start, "kind": &s.Kind, "minutes": &s.Minutes, "note": &s.Note, "ml": &s.ML, "left": &s.Left, "right": &s.Right} {
		if form.Has(key) {
			*into = form.Get(key)
		}
	}
	s.Pain = form.Get("pain") != ""
}

func (v *logView) kinds() {
	for _, kind := range []string{"pump", "power", "nurse", "hand"} {
		v.Kinds = append(v.Kinds, kindView{kind, v.L.T("kind." + kind), kind == v.Session.Kind})
	}
}

// amountsUsed tells whether an amount was logged lately: they are off until
// somebody logs one.
func (p *pageDesk) amountsUsed(r *http.Request, now time.Time) (bool, error) {
	list, err := p.Desk.Sessions(r.Context(), SessionsQuery{From: now.Add(-amountsFor), Limit: daysMost})
	return slices.ContainsFunc(list.Sessions, func(e SessionDoc) bool { _, ok := amountOf(e); return ok }), err
}

// edit serves the page of one session.
func (p *pageDesk) edit(w http.ResponseWriter, r *http.Request) {
	p.showEdit(w, r, http.StatusOK, "", r.URL.Query().Get("id"), nil)
}

func (p *pageDesk) showEdit(w http.ResponseWriter, r *http.Request, status int, problem, named string, form url.Values) {
	set, s, err := p.setting(r.Context())
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	now := s.Now.Time
	id, _ := number(named) // 0 is no session
	list, err := p.Desk.Sessions(r.Context(), SessionsQuery{Limit: editMost})
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	i := slices.IndexFunc(list.Sessions, func(e SessionDoc) bool { return e.ID == id })
	if i < 0 {
		p.showNow(w, r, http.StatusNotFound, p.languages.choose(r).T("wrong.gone"))
		return
	}
	v := logView{frame: p.frame(w, r, "edit", s, set)}
	v.Problem = problem
	v.Session = v.session(list.Sessions[i], now, set)
	v.Was = v.Session
	v.refill(form)
	v.kinds()
	v.Amounts = v.Session.ML+v.Session.Left+v.Session.Right != ""
	p.write(w, r, status, "page_edit.html", &v)
}

// editMost is how many of the newest sessions can be changed on the page: 28
// days of 14, as far back as the history shows them.
const editMost = 400
