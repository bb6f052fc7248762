package web

import "net/http"

// notifyView is the page on which a browser is told to show reminders.
type notifyView struct {
	frame
	On       bool // a channel of type webpush is in use
	Browsers []browserRow
}

type browserRow struct {
	ID, Name, Since string
	Gone            string // since when it takes none; empty: it does
}

// notify serves it.
func (p *pageDesk) notify(w http.ResponseWriter, r *http.Request) {
	p.showNotify(w, r, http.StatusOK, "")
}

func (p *pageDesk) showNotify(w http.ResponseWriter, r *http.Request, status int, problem string) {
	set, now, err := p.setting(r.Context())
	var doc BrowsersDoc
	if err == nil {
		doc, err = p.Browsers.Browsers(r.Context())
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	v := notifyView{frame: p.frame(w, r, "notify", now, set), On: doc.PublicKey != nil}
	v.Problem = problem
	for _, b := range doc.Browsers {
		row := browserRow{ID: b.ID, Name: b.Name, Since: v.L.Date(b.Added.Time)}
		if !b.Gone.IsZero() {
			row.Gone = v.L.Date(b.Gone.Time)
		}
		v.Browsers = append(v.Browsers, row)
	}
	p.write(w, r, status, "page_notify.html", &v)
}

// forgetBrowser forgets one by a plain form.
func (p *pageDesk) forgetBrowser(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.refuse(w, r, Wrong("the form: %w", err))
		return
	}
	if _, err := p.Browsers.Forget(r.Context(), r.PostForm.Get("id")); err != nil {
		p.showNotify(w, r, http.StatusConflict, p.languages.choose(r).T("wrong.gone"))
		return
	}
	back(w, "notify")
}
