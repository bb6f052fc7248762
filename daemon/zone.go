package daemon

import (
	"strings"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// markZone is the beginning of the marks that say which zone a person is in;
// its name follows. Without a name it is the configuration's again. Of all of
// them the newest counts.
const markZone = "zone "

// elsewhere is the zone that overrides the configuration's; empty: none does.
func (s *State) elsewhere() string {
	var newest journal.Mark
	for _, m := range s.Marks {
		if strings.HasPrefix(m.Name, markZone) && m.Seq > newest.Seq {
			newest = m
		}
	}
	return strings.TrimPrefix(newest.Name, markZone)
}

// follow puts the zone in force that the journal names, else the
// configuration's. It reads the zone database, so the shell calls it: after
// reading the journal or the configuration, and after a change of the zone.
func (s *State) follow() {
	if s.Home == nil {
		return // no configuration yet
	}
	zone := s.Home
	if name := s.elsewhere(); name != "" {
		if found, err := config.Zone(name); err == nil {
			zone = found // else strayed says so
		}
	}
	s.Routine.Location = zone
}

// strayed is the zone that ought to be in force and cannot be found, empty
// while all is well: the zone database was replaced by an older one.
func (s *State) strayed() string {
	if name := s.elsewhere(); name != "" && name != s.Routine.Location.String() {
		return name
	}
	return ""
}

// Travel puts another zone in force from now on, or the configuration's again
// (nil). It is Answer for a request whose zone has been looked up.
func Travel(s State, zone *time.Location, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	a := &answering{State: s, now: now, q: q}
	name, to, word := "", s.Home, " again"
	if zone != nil {
		name, to, word = zone.String(), zone, " now"
	}
	was := s.elsewhere()
	if was == name || was == "" && name == s.Home.String() {
		return journal.Batch{}, web.Reply{Text: "Times are those of " + to.String() + " already.", Already: true}, nil
	}
	text := "Times are those of " + to.String() + word + ", where it is " + now.In(to).Format("15:04") + "."
	b := a.change(text)
	b.Marks = append(b.Marks, journal.Mark{Name: markZone + name, At: now, Change: a.NextChange, Seq: a.NextMark})
	a.answer(&b, nil, 0)
	return b, web.Reply{Text: text}, nil
}

// travel looks the zone of a request up and puts it in force.
func (c *core) travel(q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	if q.Zone == nil {
		return journal.Batch{}, web.Reply{}, web.Wrong(`no zone is named; send {"zone": "Europe/Berlin"}, or {"zone": ""} for the configuration's`)
	}
	if *q.Zone == "" {
		return Travel(c.state, nil, q, now)
	}
	zone, err := config.Zone(*q.Zone)
	if err != nil {
		return journal.Batch{}, web.Reply{}, web.Wrong("%w", err)
	}
	return Travel(c.state, zone, q, now)
}
