package planner

import "math"

// mark notes, from the anchor on, on which levels of its day each node can lie
// when every step keeps the first walk's cost: bit n of marks is level n.
func (s *search) mark() {
	n := s.nodes
	clear(s.marks)
	limit, _ := s.limitAfter(s.anchor.at, 0)
	for j := s.opening; j < n; j++ {
		view := s.viewFromAnchor(j)
		past := int64(max(0, ceilMinutes(s.at(j)-limit))) * excessUnit
		if s.enter[view*n+j]+past == s.least {
			s.marks[s.slotOf(view)*n+j] = 1 << 1
		}
	}
	d, farthest := 0, int32(0)
	for i := 0; i < n; i++ {
		for s.days[d].hi <= i {
			d++
		}
		for slot := 0; slot < s.slots; slot++ {
			if levels := s.marks[slot*n+i]; levels != 0 {
				end := (int(s.limit[i]) + excessOf(s.best[slot*n+i])) / 5
				farthest = max(farthest, int32(end))
				s.markFrom(i, slot, d, levels, min(n, end+1))
			}
		}
		s.far[i] = farthest
	}
}

// markFrom passes on the levels of node i to where steps from it lead, up to
// the node end.
func (s *search) markFrom(i, slot, d int, levels int32, end int) {
	p, want := &s.plans[d], s.best[slot*s.nodes+i]
	next := levels << 1
	if next>>(p.levels+1) != 0 { // past the last level
		next = next&(1<<(p.levels+1)-1) | 1<<p.levels
	}
	inside, today := 0, s.days[d].hi
	if k := s.in[i]; k >= 0 {
		inside = s.nights[k].hi
	}
	from := i + s.gap
	ends := int64(s.tail[i])*excessUnit == want
	if from < inside {
		s.markRange(i, from, min(end, inside, today), slot+1, want, next)
		ends = s.markRange(i, max(from, today), min(end, inside), slot+1, want, 1<<1) || ends
	}
	from = max(from, inside)
	s.markRange(i, from, min(end, today), 0, want, next)
	ends = s.markRange(i, max(from, today), end, 0, want, 1<<1) || ends
	if ends {
		p.ends |= levels
	}
}

// markRange marks the nodes [from, end) to which steps from i keep the cost,
// and reports whether there are any.
func (s *search) markRange(i, from, end, view int, want int64, levels int32) bool {
	if from >= end {
		return false
	}
	limit, found := int(s.limit[i]), false
	enter := s.enter[view*s.nodes:][:end]
	marks := s.marks[s.slotOf(view)*s.nodes:][:end]
	past := min(end, max(from, limit/5+1))
	for j := from; j < past; j++ {
		if enter[j] == want {
			marks[j] |= levels
			found = true
		}
	}
	for j := past; j < end; j++ {
		if enter[j]+int64(5*j-limit)*excessUnit == want {
			marks[j] |= levels
			found = true
		}
	}
	return found
}

// layOut finds which nodes each layer holds and makes room for their values.
func (s *search) layOut() {
	clear(s.layers)
	s.away = 0
	for d := range s.days {
		s.layOutDay(d)
	}
	if s.aims {
		s.aim()
	}
	size := 0
	for k := range s.layers {
		s.layers[k].at = size
		size += s.slots * (s.layers[k].hi - s.layers[k].lo)
	}
	s.values = room(&s.ground, s.values, size+s.slots*s.nodes, 4*usualNodes)
	s.fresh = s.values[size:]
}

func (s *search) layOutDay(d int) {
	today := &s.days[d]
	for i := today.lo; i < today.hi; i++ {
		levels := s.marks[i]
		for slot := 1; slot < s.slots; slot++ {
			levels |= s.marks[slot*s.nodes+i]
		}
		for level := 1; levels>>level != 0; level++ {
			if levels>>level&1 == 0 {
				continue
			}
			s.layer(d, level, powerAhead).add(i)
			if today.power && s.power[i] >= 0 {
				s.layer(d, level, powerHere).add(i)
			}
			if today.power && i >= today.powerLo+s.powerGap {
				s.layer(d, level, powerDone).add(i)
			}
		}
	}
}

// add makes the layer hold node i, which comes after those it holds.
func (y *layer) add(i int) {
	if y.lo >= y.hi {
		y.lo = i
	}
	y.hi = i + 1
}

// aim narrows the layers to plans in which every day that has room ends as near
// to its target as plans can, and adds up how near that is.
func (s *search) aim() {
	for d := len(s.days) - 1; d >= 0; d-- {
		p := &s.plans[d]
		p.aim = 0
		for level := p.room; level >= 1 && p.aim == 0; level-- {
			if p.ends>>level&1 != 0 {
				p.aim = level
			}
		}
		s.away += int64(p.room - p.aim)
		tomorrow := layer{lo: s.firstAfter(d), hi: math.MaxInt32}
		for level := p.room; level >= 1; level-- {
			for c := powerAhead; c < courses; c++ {
				var after layer
				if level < p.aim {
					after = *s.next(d, level, c)
					if c == powerAhead {
						after.join(s.layer(d, level+1, powerHere))
					}
				} else if level == p.aim {
					after = tomorrow
				}
				s.narrow(s.layer(d, level, c), after)
			}
		}
	}
}

// firstAfter is the first node of the days after d on which a start may lie
// or, when there is none, that of the horizon.
func (s *search) firstAfter(d int) int {
	for d++; d < len(s.days); d++ {
		if y := s.layer(d, 1, powerAhead); y.lo < y.hi {
			return y.lo
		}
	}
	return int(floorDiv(s.horizon-s.origin, grid))
}

// narrow leaves out of y what no step leads from to one of the nodes after.
func (s *search) narrow(y *layer, after layer) {
	if after.lo >= after.hi {
		y.hi = y.lo
	}
	y.hi = max(y.lo, min(y.hi, after.hi-s.gap))
	for y.lo < y.hi && int(s.far[y.lo]) < after.lo {
		y.lo++
	}
}

func (y *layer) join(other *layer) {
	switch {
	case other.lo >= other.hi:
	case y.lo >= y.hi:
		*y = *other
	default:
		y.lo, y.hi = min(y.lo, other.lo), max(y.hi, other.hi)
	}
}
