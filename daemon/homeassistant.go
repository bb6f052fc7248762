package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// Home Assistant is told how things stand through an MQTT broker, in its
// discovery's form (https://www.home-assistant.io/integrations/mqtt), and its
// buttons answer reminders. Nobody waits for it: the broker has a goroutine of
// its own, what could not be told is told when it is back, and what was asked
// while it was away is over.

const (
	houseSource = "answer:home_assistant"
	// houseAway is how long a broker may be away before a person should look:
	// it is often the machine next to this one, and an update of it takes minutes.
	houseAway = 10 * time.Minute
	// houseLook is how old what Home Assistant shows can be where nothing
	// happened that the daemon was told of; chosen as short as nobody notices.
	houseLook = 5 * time.Minute
	// houseGaps is the stretch of which the longest gap is told.
	houseGaps = 24 * time.Hour
	// houseSessions is how many of the newest sessions are looked at for it:
	// more than anybody has in a day.
	houseSessions = 60
)

// house is the line to Home Assistant. Its methods are safe for concurrent use.
type house struct {
	d        *Daemon
	settings config.HomeAssistant
	broker   *notify.Broker
	changed  chan struct{} // something changed since it was last told
	leave    context.CancelFunc
	away     atomic.Pointer[brokerAway] // nil: it is there
	worked   atomic.Bool                // it has been there since it is configured so

	mu   sync.Mutex // one message after the other
	last string     // the state that was told last; empty: none on this connection
}

// brokerAway is since when there is no broker, and why.
type brokerAway struct {
	since time.Time
	err   error
}

// furnish opens the line to Home Assistant as it is configured now.
func (d *Daemon) furnish(ctx context.Context) {
	was, settings := d.house.Load(), d.config.House
	if was != nil && reflect.DeepEqual(was.settings, settings) {
		was.poke()
		return
	}
	if was != nil {
		was.leave()
		d.house.Store(nil)
	}
	if !settings.On {
		return
	}
	broker, problems := notify.OpenBroker(settings.Values, notify.Tools{})
	if len(problems) > 0 {
		d.log.Error("home_assistant", keyErr, problems[0].Text)
		return
	}
	ctx, leave := context.WithCancel(ctx)
	h := &house{d: d, settings: settings, broker: broker, changed: make(chan struct{}, 1), leave: leave}
	d.house.Store(h)
	d.people.Go(func() { d.ended(h.serve(ctx)) })
	d.people.Go(func() { h.follow(ctx) })
}

// poke has the state told if it is another one.
func (h *house) poke() {
	if h == nil {
		return
	}
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

func (h *house) serve(ctx context.Context) error {
	return contain(h.d.log, "home_assistant", func() error {
		return h.broker.Serve(ctx, notify.BrokerUse{
			ID: strings.ReplaceAll(h.settings.Topic, "/", "_"), Last: h.online("offline"),
			Hear: []string{h.settings.Topic + "/do", h.settings.Discovery + "/status"},
			Up:   func() { h.up(ctx) }, Down: h.down, Heard: func(m notify.Told) { h.heard(ctx, m) },
		})
	})
}

// follow tells what changed, until ctx ends. Some of it changes by itself: a
// channel that has not worked for long needs a person.
func (h *house) follow(ctx context.Context) {
	for {
		if _, err := h.d.o.Doze(ctx, h.d.now().Add(houseLook), h.changed); err != nil || ctx.Err() != nil {
			return
		}
		h.tell(ctx, nil)
	}
}

func (h *house) up(ctx context.Context) {
	h.worked.Store(true)
	if h.away.Swap(nil) != nil {
		h.d.log.Info("the MQTT broker is there again")
	}
	h.introduce(ctx)
}

// introduce tells everything: what there is, and how it stands.
func (h *house) introduce(ctx context.Context) {
	plain := h.d.view.Load().config.Privacy == config.Plain
	h.tell(ctx, append(h.discovery(plain), h.online("online")))
}

func (h *house) down(err error) {
	if h.away.CompareAndSwap(nil, &brokerAway{h.d.now(), err}) {
		h.d.log.Warn("the MQTT broker is away; reminders go on", keyErr, err)
		return
	}
	if was := h.away.Load(); was != nil { // the newest reason, the first instant
		h.away.CompareAndSwap(was, &brokerAway{was.since, err})
	}
}

// tell tells first, which makes everything new, and then the state if it is
// another one than before.
func (h *house) tell(ctx context.Context, first []notify.Told) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if first != nil {
		h.last = ""
	}
	state, err := h.state(ctx)
	if err != nil {
		h.d.log.Error("home_assistant", keyErr, err)
		return
	}
	if state != h.last {
		first = append(first, notify.Told{Topic: h.settings.Topic + "/state", Text: state, Keep: true})
	}
	for _, m := range first {
		if err := h.broker.Tell(ctx, m); err != nil {
			h.last = "" // all of it once it is back
			return
		}
	}
	h.last = state
}

func (h *house) online(word string) notify.Told {
	return notify.Told{Topic: h.settings.Topic + "/online", Text: word, Keep: true}
}

// heard takes a button's press over, and Home Assistant's own start.
func (h *house) heard(ctx context.Context, m notify.Told) {
	switch {
	case m.Topic == h.settings.Discovery+"/status":
		if m.Text == "online" && !m.Keep {
			h.introduce(ctx)
		}
		return
	case m.Keep:
		return // pressed before somebody listened
	}
	q, known := housePresses()[m.Text]
	if !known {
		h.d.log.Warn("home_assistant: a press that is not known", "topic", m.Topic)
		return
	}
	q.Source = houseSource
	if _, err := h.d.Do(ctx, q); err != nil {
		h.d.log.Info("home_assistant: a press that changed nothing", "press", m.Text, keyErr, err)
	}
}

// housePresses are what the buttons ask for.
func housePresses() map[string]web.Request {
	return map[string]web.Request{
		"start":  {What: web.Start},
		"done":   {What: web.Done},
		"snooze": {What: web.Snooze, For: 10 * time.Minute},
		"skip":   {What: web.Skip},
	}
}

// houseState is the state as the broker keeps it: nothing but instants,
// numbers and the plan's own words.
type houseState struct {
	Next        web.Instant `json:"next"`
	Last        web.Instant `json:"last"`
	Today       int         `json:"today"`
	LongestGap  *int        `json:"longest_gap"` // whole minutes, of the last 24 h; null without two sessions
	State       string      `json:"state"`
	NeedsPerson string      `json:"needs_person"`
}

func (h *house) state(ctx context.Context) (string, error) {
	status, err := h.d.Status(ctx)
	if err != nil {
		return "", err
	}
	sessions, err := h.d.Sessions(ctx, web.SessionsQuery{Limit: houseSessions})
	if err != nil {
		return "", err
	}
	doc := houseState{Last: status.Last, Today: status.Day.Done, State: status.State, NeedsPerson: "OFF", LongestGap: longestGap(sessions, status.Now.Time)}
	if status.Next != nil && status.State != "resting" {
		doc.Next = status.Next.At
	}
	if len(status.NeedsPerson) > 0 {
		doc.NeedsPerson = "ON"
	}
	text, err := json.Marshal(doc)
	return string(text), err
}

// longestGap is the longest of the gaps that ended in the last 24 h, in whole
// minutes; nil without one.
func longestGap(all web.SessionsDoc, now time.Time) *int {
	var longest *int
	var after time.Time // newest first: the counted session after this one
	for _, s := range all.Sessions {
		if !s.Counted || s.Deleted || s.Start.After(now) {
			continue
		}
		if !after.IsZero() {
			if now.Sub(after) > houseGaps {
				break
			}
			if gap := int(after.Sub(s.Start.Time).Minutes()); longest == nil || gap > *longest {
				longest = &gap
			}
		}
		after = s.Start.Time
	}
	return longest
}

// houseEntity is one row of what Home Assistant shows.
type houseEntity struct {
	id, component string
	name, plain   string // what it is called where anybody may read it, and with privacy: plain
	more          map[string]any
}

func houseEntities(topic string) []houseEntity {
	value := func(key string) string { return "{{ value_json." + key + " }}" }
	instant := func(key string) map[string]any {
		return map[string]any{"value_template": value(key), "device_class": "timestamp"}
	}
	press := func(what string) map[string]any {
		return map[string]any{"command_topic": topic + "/do", "payload_press": what, "qos": 1}
	}
	return []houseEntity{
		{"next", "sensor", "Next", "Next session", instant("next")},
		{"last", "sensor", "Since last", "Since the last session", instant("last")},
		{"today", "sensor", "Today", "Sessions today", map[string]any{"value_template": value("today"), "icon": "mdi:counter"}},
		{"longest_gap", "sensor", "Longest gap", "Longest gap", map[string]any{"value_template": value("longest_gap"), "device_class": "duration", "unit_of_measurement": "min"}},
		{"state", "sensor", "State", "State", map[string]any{"value_template": value("state"), "device_class": "enum",
			"options": []string{"upcoming", "due", "first", "paused", "resting"}}},
		{"needs_person", "binary_sensor", "Needs a person", "Needs a person", map[string]any{"value_template": value("needs_person"), "device_class": "problem"}},
		{"starting", "button", "Starting", "Starting a session", press("start")},
		{"done", "button", "Done", "Done with a session", press("done")},
		{"snooze", "button", "Snooze 10", "Snooze 10", press("snooze")},
		{"skip", "button", "Skip", "Skip this one", press("skip")},
	}
}

// discovery is what Home Assistant needs to know of each entity.
func (h *house) discovery(plain bool) []notify.Told {
	id := strings.ReplaceAll(h.settings.Topic, "/", "_")
	var all []notify.Told
	for _, e := range houseEntities(h.settings.Topic) {
		name := e.name
		if plain {
			name = e.plain
		}
		doc := map[string]any{
			"name": name, "unique_id": id + "_" + e.id, "object_id": id + "_" + e.id,
			"availability_topic": h.settings.Topic + "/online",
			"device":             map[string]any{"identifiers": []string{id}, "name": "Nightbell"},
			"origin":             map[string]any{"name": "nightbell"},
		}
		if e.component != "button" {
			doc["state_topic"] = h.settings.Topic + "/state"
		}
		for key, v := range e.more {
			doc[key] = v
		}
		text, err := json.Marshal(doc)
		if err != nil {
			panic(err) // only texts and numbers
		}
		all = append(all, notify.Told{Topic: fmt.Sprintf("%s/%s/%s/%s/config", h.settings.Discovery, e.component, id, e.id), Text: string(text), Keep: true})
	}
	return all
}

// houseNeeds is what of it needs a person.
func (h *house) needs(now time.Time, path string) []string {
	if h == nil {
		return nil
	}
	away := h.away.Load()
	// One that was never there is hardly one that is briefly away.
	if away == nil || h.worked.Load() && now.Sub(away.since) < houseAway {
		return nil
	}
	return []string{fmt.Sprintf("Home Assistant hears nothing: %v; look at the broker, and at home_assistant in %s", away.err, path)}
}
