package planner

import (
	"os"
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the system's zone database

	"gopkg.in/yaml.v3"
)

// workedCase is one case of testdata/cases.yaml.
type workedCase struct {
	Name   string
	Config struct {
		Timezone string
		Routine  caseRoutine
	}
	Now      time.Time
	Sessions []struct {
		Start   time.Time
		Kind    string
		Minutes int
	}
	Horizon time.Time
	Cost    struct {
		Excess, Overnight, Sleep, Count int
		PowerMissing                    int `yaml:"power_missing"`
		PowerOff                        int `yaml:"power_off"`
		Uneven                          int
	}
	Plan []string
}

type caseRoutine struct {
	Target      int
	Session     time.Duration
	MinGap      time.Duration `yaml:"min_gap"`
	MaxGap      time.Duration `yaml:"max_gap"`
	NudgeBefore time.Duration `yaml:"nudge_before"`
	NightGap    time.Duration `yaml:"night_gap"`
	WakeGrace   time.Duration `yaml:"wake_grace"`
	Merge       time.Duration
	Sleep       string
	Overnight   struct {
		Sessions int
		Window   string
	}
	DayStart  string `yaml:"day_start"`
	CatchUp   int    `yaml:"catch_up"`
	PowerPump struct {
		At   string
		Flex time.Duration
	} `yaml:"power_pump"`
	Busy  []struct{ Name, From, To string }
	Times []string
	Ramp  []struct {
		From   string
		Target int
	}
}

func readCases(t testing.TB, path string) []workedCase {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cases []workedCase
	if err := yaml.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 20 {
		t.Fatalf("only %d worked cases", len(cases))
	}
	return cases
}

func (c workedCase) routine(t testing.TB) Routine {
	t.Helper()
	in := c.Config.Routine
	r := Routine{
		Location: zone(t, c.Config.Timezone), Target: in.Target, Session: in.Session, MinGap: in.MinGap, MaxGap: in.MaxGap,
		NudgeBefore: in.NudgeBefore, NightGap: in.NightGap, WakeGrace: in.WakeGrace, Merge: in.Merge, CatchUp: in.CatchUp,
		DayStart: clock(t, in.DayStart), Overnight: Overnight{Window: rangeOf(t, in.Overnight.Window), Sessions: in.Overnight.Sessions},
	}
	if in.Sleep != "off" {
		r.Sleep = rangeOf(t, in.Sleep)
	}
	if in.PowerPump.At != "" {
		w, err := ParseClockwork(in.PowerPump.At)
		if err != nil {
			t.Fatal(err)
		}
		p := DefaultPower(w.At)
		p.Line = w.Line
		p.Flex = in.PowerPump.Flex
		r.Power = &p
	}
	for _, b := range in.Busy {
		r.Busy = append(r.Busy, Busy{Range: Range{clock(t, b.From), clock(t, b.To)}, Name: b.Name})
	}
	for _, s := range in.Times {
		w, err := ParseClockwork(s)
		if err != nil {
			t.Fatal(err)
		}
		r.Times = append(r.Times, w)
	}
	for _, s := range in.Ramp {
		from, err := ParseDate(s.From)
		if err != nil {
			t.Fatal(err)
		}
		r.Ramp = append(r.Ramp, Step{from, s.Target})
	}
	return r
}

func (c workedCase) history() History {
	var h History
	for _, s := range c.Sessions {
		if h.Since.IsZero() || s.Start.Before(h.Since) {
			h.Since = s.Start
		}
		length := time.Duration(s.Minutes) * time.Minute
		switch s.Kind {
		case "skipped", "lapsed":
			h.Passed = append(h.Passed, Passed{At: s.Start, Skipped: s.Kind == "skipped"})
		case "skipped_power", "lapsed_power":
			h.Passed = append(h.Passed, Passed{At: s.Start, Power: true, Skipped: s.Kind == "skipped_power"})
		case "pause":
			h.Pauses = append(h.Pauses, Pause{s.Start, s.Start.Add(length)})
		default:
			h.Sessions = append(h.Sessions, Session{Start: s.Start, Kind: Kind(s.Kind), Length: length})
		}
	}
	return h
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func clock(t testing.TB, s string) TimeOfDay {
	t.Helper()
	at, err := ParseTimeOfDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func rangeOf(t testing.TB, s string) *Range {
	t.Helper()
	r, err := ParseRange(s)
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

func TestWorkedCases(t *testing.T) {
	for _, c := range append(readCases(t, "testdata/cases.yaml"), readCases(t, "testdata/timetables.yaml")...) {
		t.Run(c.Name, func(t *testing.T) {
			r := c.routine(t)
			p := Make(r, c.history(), c.Now)
			if !p.Horizon.Equal(c.Horizon) {
				t.Errorf("horizon %v, want %v", p.Horizon, c.Horizon)
			}
			want := Cost{c.Cost.Excess, c.Cost.Overnight, c.Cost.Sleep, c.Cost.Count, c.Cost.PowerMissing, c.Cost.PowerOff, c.Cost.Uneven}
			if p.Cost != want {
				t.Errorf("cost %+v, want %+v", p.Cost, want)
			}
			var got []string
			for _, s := range p.Starts {
				text := s.At.Format("02T15:04MST")
				if s.Kind == StartPower {
					text += " P"
				}
				got = append(got, text)
				t.Log(text, s.Kind, s.Wakes, s.Reasons, s.Text)
			}
			if len(got) != len(c.Plan) {
				t.Fatalf("plan %v, want %v", got, c.Plan)
			}
			for i := range got {
				if got[i] != c.Plan[i] {
					t.Errorf("start %d is %s, want %s", i, got[i], c.Plan[i])
				}
			}
		})
	}
}
