package web

import (
	"fmt"
	"strings"
	"time"

	"nightbell/planner"
)

// The measures of the dot chart, in units of its own. 360 wide with rows of
// 15 puts 28 days on a phone without scrolling sideways, and its figures at
// about the size of small print.
const (
	dotsWidth = 360
	dotsFrom  = 52  // where the hours begin; left of it the day
	dotsTo    = 332 // where they end; right of it the count
	dotsTop   = 22
	dotsRow   = 15
)

// Dots is the chart of many days, a row each, by the hour of the pumping day.
type Dots struct {
	Width, Height int
	Marks         string // a path of zero-length strokes: one for each session
	Small         string // the same for sessions that belong to the one before
	Bands         []Band // the night
	Grid          string
	Hours         []Label
	Rows          []Row
	Foot          int
	Tall          int // of the hours' lines
}

// Band is an upright stretch of the chart.
type Band struct{ X, Width string }

// Label is a word at a place.
type Label struct{ X, Text string }

// Row is one day of the chart.
type Row struct {
	Y     int
	Day   string // shown at the beginning of each week and in the first row
	Count int    // 0: blank
}

// dotsOf draws the spans, the newest at the top.
func dotsOf(r planner.Routine, spans []Span, l *Language) Dots {
	c := Dots{Width: dotsWidth, Height: dotsTop + len(spans)*dotsRow + 8, Foot: dotsTop + len(spans)*dotsRow, Tall: len(spans)*dotsRow + 4}
	var marks, small, grid strings.Builder
	for hour := 0; hour <= 24; hour += 6 {
		x := across(float64(hour * 60))
		fmt.Fprintf(&grid, "M%s %dV%d", x, dotsTop-4, c.Foot)
		c.Hours = append(c.Hours, Label{x, planner.TimeOfDay((int(r.DayStart) + hour*60) % 1440).String()})
	}
	if night, ok := nightOf(r); ok {
		c.Bands = bands(r, night)
	}
	for i := range spans {
		s := spans[len(spans)-1-i]
		y := dotsTop + i*dotsRow + dotsRow/2
		row := Row{Y: y + 4, Count: len(s.Sessions)}
		if i == 0 || s.Start.Weekday() == time.Monday {
			row.Day = l.ShortDate(s.Start)
		}
		c.Rows = append(c.Rows, row)
		for _, e := range s.Sessions {
			fmt.Fprintf(&marks, "M%s %dh0", across(minutesInto(r, e.Start.Time)), y)
		}
		for _, e := range s.Merged {
			fmt.Fprintf(&small, "M%s %dh0", across(minutesInto(r, e.Start.Time)), y)
		}
	}
	c.Marks, c.Small, c.Grid = marks.String(), small.String(), grid.String()
	return c
}

// minutesInto is how far into the pumping day the wall clock shows t.
func minutesInto(r planner.Routine, t time.Time) float64 {
	local := t.In(r.Location)
	return float64((local.Hour()*60 + local.Minute() - int(r.DayStart) + 1440) % 1440)
}

func across(minutes float64) string { return short(dotsFrom + minutes*(dotsTo-dotsFrom)/1440) }

// bands is a range of the wall clock on the chart: two pieces when the
// pumping day begins inside it.
func bands(r planner.Routine, night planner.Range) []Band {
	from := (int(night.From) - int(r.DayStart) + 1440) % 1440
	to := from + int(night.Length()/time.Minute)
	wide := func(from, to int) Band {
		return Band{across(float64(from)), short(float64(to-from) * (dotsTo - dotsFrom) / 1440)}
	}
	if to <= 1440 {
		return []Band{wide(from, to)}
	}
	return []Band{wide(from, 1440), wide(0, to-1440)}
}
