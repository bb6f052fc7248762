package web

import (
	"maps"
	"strings"
)

// operation says of a route of the API what its document says of it.
type operation struct {
	says   string
	query  []parameter
	body   any      // a value of what is sent; nil: nothing
	only   []string // the names of the body that count here; nil: all
	answer any      // a value of what comes back; nil: not a document, but media
	media  string   // the media type of an answer that is no document
	keyed  bool     // it takes an Idempotency-Key
}

// parameter is one of a query.
type parameter struct {
	name, says string
	takes      schema
}

// operations is what the document says of each route, by method and pattern. A
// test holds it against the table of routes.
func operations() map[string]operation {
	at, source := "at", "source"
	answer := []string{at, "for", "session", source}
	all := map[string]operation{
		"GET /api/v1/status": {says: "How things stand.", answer: StatusDoc{}},
		"GET /api/v1/plan": {says: "The coming starts, with their reasons.", answer: PlanDoc{}, query: []parameter{
			{"now", "The instant to plan from; else the present.", instantSchema()},
			{"hours", "For so many hours; else to the horizon.", schema{"type": "number", "exclusiveMinimum": true, "minimum": 0, "maximum": 72}},
			{"explain", "With the explanation in words.", schema{"type": "boolean"}},
		}},
		"GET /api/v1/sessions": {says: "The log, newest first.", answer: SessionsDoc{}, query: []parameter{
			{"limit", "At most so many; else 200.", schema{"type": "integer", "minimum": 1, "maximum": 10000}},
			{"deleted", "Deleted ones too.", schema{"type": "boolean"}},
		}},
		"GET /api/v1/report": {says: "The report of some pumping days; else of the last 28.", answer: ReportDoc{}, query: []parameter{
			{"from", "The first day.", schema{"type": "string", "format": "date"}},
			{"to", "The last day.", schema{"type": "string", "format": "date"}},
		}},
		"POST /api/v1/sessions":              {says: "Logs a session that began at \"at\"; else now.", body: requestDoc{}, only: []string{at, "session", source}, answer: Reply{}, keyed: true},
		"PATCH /api/v1/sessions/{id}":        {says: "Changes what a session says: a name that is left out stays, null takes out.", body: SessionEdit{}, answer: Reply{}, keyed: true},
		"DELETE /api/v1/sessions/{id}":       {says: "Takes a session out.", answer: Reply{}, keyed: true},
		"POST /api/v1/undo":                  {says: "Takes the last change back; with \"change\" only that one, while it is the last.", body: requestDoc{}, only: []string{"change", source}, answer: Reply{}, keyed: true},
		"POST /api/v1/pause":                 {says: "No reminders for a while: \"for\" so long, \"until\" an instant, or \"tonight\".", body: requestDoc{}, only: []string{"for", "until", "tonight", source}, answer: Reply{}, keyed: true},
		"POST /api/v1/resume":                {says: "Ends a pause or resting.", body: requestDoc{}, only: []string{source}, answer: Reply{}, keyed: true},
		"POST /api/v1/rest":                  {says: "No reminders until resume or the next session.", body: requestDoc{}, only: []string{source}, answer: Reply{}, keyed: true},
		"POST /api/v1/pain":                  {says: "It hurts: nothing urges; \"on\": false ends that.", body: requestDoc{}, only: []string{"on", source}, answer: Reply{}, keyed: true},
		"POST /api/v1/zone":                  {says: "Travelling: the zone to live by from now on; empty: the configuration's.", body: requestDoc{}, only: []string{"zone", source}, answer: Reply{}, keyed: true},
		"POST /api/v1/reminders/{id}/start":  {says: "Answers a reminder (its id, or \"open\"): starting at \"at\"; else now.", body: requestDoc{}, only: answer, answer: Reply{}, keyed: true},
		"POST /api/v1/reminders/{id}/done":   {says: "Answers: finished at \"at\"; else just now.", body: requestDoc{}, only: answer, answer: Reply{}, keyed: true},
		"POST /api/v1/reminders/{id}/snooze": {says: "Answers: later, \"for\" 300 to 3600 seconds; else 600.", body: requestDoc{}, only: answer, answer: Reply{}, keyed: true},
		"POST /api/v1/reminders/{id}/skip":   {says: "Answers: not this one.", body: requestDoc{}, only: answer, answer: Reply{}, keyed: true},
		"GET /api/v1/events":                 {says: "Server-sent events: \"status\", with the status as its data, at once and whenever the state changes.", media: "text/event-stream"},
		"GET /api/v1/calendar.ics": {says: "Plan and log, for a calendar to subscribe to.", media: "text/calendar", query: []parameter{
			{"key", "The key of: nightbell token create NAME --calendar", schema{"type": "string"}},
		}},
		"GET /api/v1/logins":         {says: "The browsers, tokens and calendars that are let in.", answer: LoginsDoc{}},
		"POST /api/v1/logins":        {says: "Makes a token, or a calendar's key, and says it this once.", body: TokenQuery{}, answer: TokenDoc{}},
		"DELETE /api/v1/logins/{id}": {says: "Lets a browser, token or calendar in no more.", answer: Reply{}},
		"POST /api/v1/pairings":      {says: "Makes a link that pairs one browser, once.", body: PairQuery{}, answer: PairDoc{}},
		"POST /api/v1/test":          {says: "Sends a test push and tells what happens, a line each.", body: TestQuery{}, media: "text/plain"},
		"GET /api/v1/backup":         {says: "A consistent copy of the journal.", media: "application/vnd.sqlite3"},
		"POST /api/v1/unpark":        {says: "Takes back what services hold for later, before the daemon goes.", body: requestDoc{}, only: []string{source}, answer: Reply{}},
		"GET /api/v1/openapi.json":   {says: "This document.", media: "application/json"},
		"GET /metrics":               {says: "Metrics, for Prometheus.", media: "text/plain"},
		"GET /healthz":               {says: "Whether the daemon is alive: 200 or 503, with why.", media: "text/plain"},
		"GET /readyz":                {says: "Whether the last step is recent and the journal writable: 200 or 503, with why.", media: "text/plain"},
	}
	maps.Copy(all, historyOperations())
	maps.Copy(all, browserOperations())
	return all
}

// historyOperations are those of a whole history.
func historyOperations() map[string]operation {
	return map[string]operation{
		"GET /api/v1/export": {says: "The whole history.", media: "text/plain", query: []parameter{
			{"format", "csv, jsonl or ics.", schema{"type": "string", "enum": []string{"csv", "jsonl", "ics"}}},
		}},
		"POST /api/v1/import": {says: "Takes a history in, all or nothing; the body is the file.", answer: ImportDoc{}, query: []parameter{
			{"file", "The file's name, for what is said of it.", schema{"type": "string"}},
			{"source", "What the sessions' source is to be called.", schema{"type": "string"}},
			{"format", "csv or jsonl; else by its content.", schema{"type": "string"}},
			{"dates", "dmy or mdy, for dates that could be either.", schema{"type": "string"}},
			{"map", "A column's name: ours=theirs.", schema{"type": "array", "items": schema{"type": "string"}}},
			{"dry_run", "Only say what would be done.", schema{"type": "boolean"}},
		}},
	}
}

// documented tells whether the document speaks of a route: the API, and what
// else programs read. Pages and links of people are none of its business.
func documented(r route) bool {
	switch r.pattern {
	case "/metrics", "/healthz", "/readyz":
		return true
	}
	return strings.HasPrefix(r.pattern, "/api/")
}
