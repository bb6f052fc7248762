package planner

// The second walk. Its costs are one number again: sessions away from the
// target, power sessions left out, minutes from their time, squared gaps. A
// plan of ten days (a week's pause and a day on either side) stays within:
// 10 x 24 sessions, 10 power sessions, 10 x 180 minutes, 14,400 squared.
const (
	offUnit     = int64(1) << 32
	missingUnit = int64(1) << 45
	countUnit   = int64(1) << 50
)

// course says how a plan stands with a day's power session at one of its
// starts.
type course uint8

const (
	powerAhead course = iota // none so far, this start is none either
	powerHere                // this start is it
	powerDone                // it was earlier in the day
	courses
)

// layer holds the values of all starts that are the same number of their day
// and on the same course: nodes [lo, hi), at values[at:], slot after slot.
//
// The value of a start is the least cost from it on. In a layer of powerAhead
// it is that of the better choice, an ordinary start or the power session, and
// in a layer of powerHere it has the minutes from its time in it.
type layer struct{ lo, hi, at int }

// spread holds the values of the second walk. A day's layers are its planned
// starts from the first (level 1) to the one that reaches the target; further
// starts stay on that last level, each at its price.
type spread struct {
	layers []layer
	values []int64
	fresh  []int64 // slot*nodes + i: the value of i as the first start of its day, with the days before it left empty
	plans  []dayPlan
	aims   bool  // only plans that end each day with room on its aim are looked at
	away   int64 // sessions by which those are away from the targets

	planRoom  [8]dayPlan
	layerRoom [(2*14 + 1) * int(courses)]layer // two days of the highest target and what is left of a third
}

// dayPlan is what the second walk knows of a pumping day.
type dayPlan struct {
	first  int   // its first layer
	levels int   // at least 1
	ends   int32 // the levels on which plans can end the day; bit n is level n
	aim    int   // the level it is to end on, while the search aims and there is room
	room   int   // planned starts that reach the target; 0: it is reached already
	extra  int64 // price of a start past the target
	empty  int64 // price of all days before this one, without a planned start
}

// closing is the cost of ending day d after a start on this level and course.
func (s *search) closing(d, level int, c course) int64 {
	cost := int64(0)
	if s.days[d].counted {
		cost = int64(max(0, s.plans[d].room-level)) * countUnit
	}
	if s.days[d].power && c == powerAhead {
		cost += missingUnit
	}
	return cost
}

func (s *search) layer(d, level int, c course) *layer {
	return &s.layers[s.plans[d].first+(level-1)*int(courses)+int(c)]
}

// next is the layer of a day's next start after one on this level and course.
func (s *search) next(d, level int, c course) *layer {
	if c == powerHere {
		c = powerDone
	}
	return s.layer(d, min(level+1, s.plans[d].levels), c)
}

// aimsOn reports whether day d is to end on one level only.
func (s *search) aimsOn(d int) bool { return s.aims && s.plans[d].room > 0 }

// excessOf is the part of a first walk's cost that is minutes past the limit.
func excessOf(cost int64) int { return int((cost + excessUnit/2) >> 40) }

// count fills the layers' values from the horizon back to the anchor and
// finds where the best plan begins; ok is false when it goes straight to the
// horizon. It comes after walk.
//
// It first looks only at plans that take every day's number as near to the
// target as any plan can: those are few, and if there is one among them, the
// best plan is. Else it looks at all.
func (s *search) count() (first stop, ok bool) {
	s.planDays()
	s.mark()
	for _, s.aims = range [...]bool{true, false} {
		s.layOut()
		s.fillAll()
		var value int64
		if first, value, ok = s.depart(); value/countUnit == s.away {
			break
		}
	}
	return first, ok
}

// planDays lays out the layers, still empty.
func (s *search) planDays() {
	s.plans = s.planRoom[:0]
	layers, empty := 0, int64(0)
	for d := range s.days {
		p := dayPlan{first: layers, levels: 1, empty: empty}
		if s.days[d].counted {
			p.room = max(0, s.days[d].target-s.days[d].done)
			p.levels = max(1, p.room)
			p.extra = countUnit
			empty += int64(p.room) * countUnit
		}
		if s.days[d].power {
			empty += missingUnit
		}
		layers += p.levels * int(courses)
		s.plans = append(s.plans, p)
	}
	s.plans = append(s.plans, dayPlan{empty: empty}) // so that plans[d+1] is always there
	if layers > cap(s.layers) {
		s.layers = s.layerRoom[:]
		if layers > len(s.layerRoom) {
			s.layers = make([]layer, layers)
		}
	}
	s.layers = s.layers[:layers]
}

// fillAll fills the layers' values from the horizon back to the anchor.
func (s *search) fillAll() {
	for i := range s.fresh {
		s.fresh[i] = never
	}
	for d := len(s.days) - 1; d >= 0; d-- {
		for level := s.plans[d].levels; level >= 1; level-- {
			// A layer leads to itself or to those of a later course or level.
			for _, c := range [...]course{powerDone, powerHere, powerAhead} {
				s.fill(d, level, c)
			}
		}
		s.open(d)
	}
}

// open notes what the first starts of day d are worth, for the days before it.
func (s *search) open(d int) {
	y, price := s.layer(d, 1, powerAhead), s.plans[d].empty
	if s.plans[d].room == 0 {
		price += s.plans[d].extra
	}
	for slot := 0; slot < s.slots; slot++ {
		values := s.values[y.at+slot*(y.hi-y.lo):]
		for i := y.lo; i < y.hi; i++ {
			s.fresh[slot*s.nodes+i] = values[i-y.lo] + price
		}
	}
}

// fill finds the values of one layer. Its starts are taken from the last to
// the first: the earlier a start, the earlier (or the same) is the best one
// after it, as squared gaps and minutes past a limit are convex. So the best
// step of one start bounds the search of those before it, as long as both see
// the nodes in the same view.
func (s *search) fill(d, level int, c course) {
	y := s.layer(d, level, c)
	if y.lo >= y.hi {
		return
	}
	here := s.layer(d, level, powerHere)
	width, view := y.hi-y.lo, int32(-1)
	var bounds [maxOvernight]int // by slot
	for i := y.hi - 1; i >= y.lo; i-- {
		if s.in[i] != view || i == y.hi-1 {
			view, bounds = s.in[i], [maxOvernight]int{s.nodes, s.nodes, s.nodes}
		}
		for slot := 0; slot < s.slots; slot++ {
			value := never
			if s.marks[slot*s.nodes+i]>>level&1 != 0 && (c != powerHere || s.power[i] >= 0) {
				var next int
				if value, next = s.step(i, slot, d, level, c, bounds[slot]); next >= 0 {
					bounds[slot] = next
				}
			}
			switch {
			case c == powerHere:
				value = min(never, value+int64(s.offAt(i))*offUnit)
			case c == powerAhead && here.lo <= i && i < here.hi:
				value = min(value, s.values[here.at+slot*(here.hi-here.lo)+i-here.lo])
			}
			s.values[y.at+slot*width+i-y.lo] = value
		}
	}
}

// step finds the best way on from a start at node i: its cost, and the node of
// the next start, or the number of nodes for the horizon; never and -1 when
// every way on costs more in the first walk than the best one from there. No
// start later than bound is looked at. Of equal ways it takes the earliest.
func (s *search) step(i, slot, d, level int, c course, bound int) (value int64, next int) {
	w := stride{s: s, i: i, want: s.best[slot*s.nodes+i], value: never, next: -1}
	from := i + s.gap
	if c == powerHere {
		from = i + s.powerGap
	}
	w.limit = int(s.limit[i])
	end := min(s.nodes, bound+1, (w.limit+excessOf(w.want))/5+1)
	inside := 0 // the end of the window that i lies in
	if k := s.in[i]; k >= 0 {
		inside = s.nights[k].hi
	}
	closing := s.closing(d, level, c) - s.plans[d+1].empty
	today := s.days[d].hi
	extra := int64(0)
	if level == s.plans[d].levels {
		extra = s.plans[d].extra
	}
	if !s.aimsOn(d) || level < s.plans[d].aim {
		y := s.next(d, level, c)
		same := s.values[y.at:]
		lo, hi := max(from, y.lo), min(end, y.hi)
		if inside > lo {
			w.scan(lo, min(hi, inside), slot+1, same[s.slotOf(slot+1)*(y.hi-y.lo):], y.lo, extra)
		}
		w.scan(max(lo, inside), hi, 0, same, y.lo, extra)
		if s.aimsOn(d) {
			return w.value, w.next
		}
	}
	if end > today {
		lo := max(from, today)
		if inside > lo {
			w.scan(lo, min(end, inside), slot+1, s.fresh[s.slotOf(slot+1)*s.nodes:], 0, closing)
		}
		w.scan(max(lo, inside), end, 0, s.fresh, 0, closing)
	}
	if int64(s.tail[i])*excessUnit == w.want && s.at(i)+s.gapAt(c) <= s.horizon {
		gap := int64(floorMinutes(s.horizon - s.at(i)))
		if v := gap*gap + closing + s.plans[len(s.days)].empty; v < w.value {
			w.value, w.next = v, s.nodes
		}
	}
	return w.value, w.next
}

// gapAt is the least gap after a planned start on this course.
func (s *search) gapAt(c course) instant {
	if c == powerHere {
		return instant(s.r.gapAfterPower(s.r.PowerLength()))
	}
	return instant(s.r.MinGap)
}

// offAt is how many minutes node i is from the power session's time.
func (s *search) offAt(i int) int32 { return max(0, s.power[i]) }

// stride looks for the best step away from node i.
type stride struct {
	s     *search
	i     int
	limit int   // of the gap, in minutes after origin
	want  int64 // the first walk's cost that the step has to keep
	value int64 // the least so far
	next  int
}

// scan looks at steps to the nodes [from, end), seen in one view: values[j-base]
// is what node j is worth and price what the step costs besides.
func (w *stride) scan(from, end, view int, values []int64, base int, price int64) {
	enter := w.s.enter[view*w.s.nodes:]
	past := w.limit/5 + 1 // the first node past the limit
	for j := from; j < min(end, past); j++ {
		if enter[j] != w.want {
			continue
		}
		gap := int64(5 * (j - w.i))
		if v := values[j-base] + gap*gap + price; v < w.value {
			w.value, w.next = v, j
		}
	}
	for j := max(from, past); j < end; j++ {
		if enter[j]+int64(5*j-w.limit)*excessUnit != w.want {
			continue
		}
		gap := int64(5 * (j - w.i))
		if v := values[j-base] + gap*gap + price; v < w.value {
			w.value, w.next = v, j
		}
	}
}
