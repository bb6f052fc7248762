package web

import "net/http"

// RouteForTest is a row of the table of routes, for the tests outside.
type RouteForTest struct {
	Method, Pattern, Access string
	Changes, Documented     bool
	Body                    int64
}

// TableForTest is the table of routes of a site.
func TableForTest(s Site) []RouteForTest {
	names := map[access]string{open: "open", login: "login", token: "token", feed: "feed", keyed: "keyed", local: "local"}
	at := &site{Site: s, api: api{desk: s.Desk, log: s.Log}, small: newSmallPage()}
	var rows []RouteForTest
	for _, r := range at.routes() {
		for _, one := range spread(r) {
			rows = append(rows, RouteForTest{one.method, one.pattern, names[one.access], one.changes, documented(one), one.body})
		}
	}
	return rows
}

// OperationsForTest are the routes that the document has something to say of.
func OperationsForTest() map[string]bool {
	all := map[string]bool{}
	for name := range operations() {
		all[name] = true
	}
	return all
}

// HomelyForTest tells whether a request needs no login.
func HomelyForTest(e Entrance, r *http.Request) bool { return e.homely(r) }

// KnowsForTest tells whether a request was sent to a name of this machine.
func KnowsForTest(e Entrance, r *http.Request) bool { return e.knows(r) }

// BrowserNameForTest is what a list calls a browser.
func BrowserNameForTest(agent string) string { return browserName(agent) }
