package web

import (
	"fmt"
	"math"
	"strings"
	"time"

	"nightbell/planner"
)

// The ring's measures, in units of its own: its picture is 320 wide. They are
// chosen so that a dot is 4 % of the width: 12 px on the narrowest phone.
const (
	ringSize   = 320
	ringMiddle = ringSize / 2
	ringRadius = 136
	ringHours  = 122 // where the inner arc of the overnight window lies
)

// ringBack and ringAhead are what the ring shows around now: together a day,
// so that no place on it has two meanings.
const (
	ringBack  = 12 * time.Hour
	ringAhead = 12 * time.Hour
)

// Ring is the picture of a day: midnight at the top, clockwise.
type Ring struct {
	Sleep, Window string // arcs; empty: none
	Ticks         string
	Done          string // dots of zero length, drawn with round ends
	Planned       []Point
	Hand          string // now
	Back, Ahead   []string
}

// Point is a place in a picture.
type Point struct {
	X, Y  string
	Wakes bool
}

// ringOf draws the ring at now.
func ringOf(r planner.Routine, sessions []SessionDoc, starts []StartDoc, now time.Time) Ring {
	ring := Ring{Hand: line(angle(now, r.Location), ringRadius+11, ringRadius+22)}
	if r.Sleep != nil {
		ring.Sleep = arc(*r.Sleep, ringRadius)
	}
	if r.Overnight.Window != nil {
		ring.Window = arc(*r.Overnight.Window, ringHours)
	}
	var ticks, done strings.Builder
	for hour := range 24 {
		if hour%6 != 0 {
			ticks.WriteString(line(float64(hour)*15, ringHours-7, ringHours-4))
		}
	}
	for _, e := range sessions {
		if e.Deleted || e.Start.After(now) || !e.Start.After(now.Add(-ringBack)) || !e.Counted {
			continue
		}
		x, y := place(angle(e.Start.Time, r.Location), ringRadius)
		fmt.Fprintf(&done, "M%s %sh0", short(x), short(y))
		ring.Back = append(ring.Back, e.Start.In(r.Location).Format("15:04"))
	}
	for _, s := range starts {
		if s.At.After(now.Add(ringAhead)) {
			continue
		}
		x, y := place(angle(s.At.Time, r.Location), ringRadius)
		ring.Planned = append(ring.Planned, Point{short(x), short(y), s.Wakes})
		ring.Ahead = append(ring.Ahead, s.At.In(r.Location).Format("15:04"))
	}
	ring.Ticks, ring.Done = ticks.String(), done.String()
	return ring
}

// angle is where an instant lies on the ring, in degrees from midnight.
func angle(t time.Time, zone *time.Location) float64 {
	local := t.In(zone)
	return turn(planner.TimeOfDay(local.Hour()*60 + local.Minute()))
}

func turn(t planner.TimeOfDay) float64 { return float64(t) / 4 }

func place(degrees, radius float64) (x, y float64) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return ringMiddle + radius*sin, ringMiddle - radius*cos
}

// arc is the path along a range of the wall clock.
func arc(r planner.Range, radius float64) string {
	from, to := turn(r.From), turn(r.To)
	large := 0
	if math.Mod(to-from+360, 360) > 180 {
		large = 1
	}
	x1, y1 := place(from, radius)
	x2, y2 := place(to, radius)
	return fmt.Sprintf("M%s %sA%s %s 0 %d 1 %s %s", short(x1), short(y1), short(radius), short(radius), large, short(x2), short(y2))
}

// line is the path of a stroke across the ring.
func line(degrees, inner, outer float64) string {
	x1, y1 := place(degrees, inner)
	x2, y2 := place(degrees, outer)
	return fmt.Sprintf("M%s %sL%s %s", short(x1), short(y1), short(x2), short(y2))
}

// short writes a coordinate to a tenth of a unit, which nobody can see.
func short(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
