package planner

// planned is one start of the best plan.
type planned struct {
	at    instant
	power bool
}

// stop is one start on the way that trace goes: a node, and the courses on
// which it lies on a best plan.
type stop struct {
	node, day, level, slot int
	on                     [courses]bool
	from                   [courses][courses]bool // from[c][b]: on course c here after course b at the stop before
}

// trace reads the best plan off the values: of equal plans the one whose first
// differing start is earlier and, starts being equal, whose power session is
// earlier. Only the second may differ between equal plans with the same starts,
// so it goes along all of them at once and chooses in the end.
func (s *search) trace() []planned {
	stops := s.stopRoom[:0]
	for at, ok := s.count(); ok; {
		stops = append(stops, at)
		at, ok = s.onward(&stops[len(stops)-1])
	}
	return s.choose(stops)
}

// depart is the first stop of the best plan and the cost of that plan; ok is
// false when it goes straight to the horizon.
func (s *search) depart() (first stop, value int64, ok bool) {
	limit, _ := s.limitAfter(s.anchor.at, 0)
	empty := s.plans[len(s.days)].empty
	best, node := never, -1
	for j := s.opening; j < s.nodes; j++ {
		view := s.viewFromAnchor(j)
		past := int64(max(0, ceilMinutes(s.at(j)-limit))) * excessUnit
		if s.enter[view*s.nodes+j]+past != s.least {
			continue
		}
		gap := int64(floorMinutes(s.at(j) - s.anchor.at))
		if v := s.fresh[s.slotOf(view)*s.nodes+j] + gap*gap; v < best {
			best, node = v, j
		}
	}
	straight := int64(floorMinutes(s.horizon - s.anchor.at))
	if node < 0 || int64(max(0, ceilMinutes(s.horizon-limit)))*excessUnit == s.least && straight*straight+empty < best {
		return stop{}, straight*straight + empty, false
	}
	first = stop{node: node, level: 1, slot: s.slotOf(s.viewFromAnchor(node))}
	for s.days[first.day].hi <= node {
		first.day++
	}
	s.board(&first, powerAhead, powerAhead)
	return first, best, true
}

// onward is the stop after p; ok is false when that is the horizon.
func (s *search) onward(p *stop) (next stop, ok bool) {
	var ways [courses]int
	next.node = s.nodes
	for c := powerAhead; c < courses; c++ {
		if p.on[c] {
			_, ways[c] = s.step(p.node, p.slot, p.day, p.level, c, s.nodes)
			next.node = min(next.node, ways[c])
		}
	}
	for c := range p.on {
		p.on[c] = p.on[c] && ways[c] == next.node
	}
	if next.node == s.nodes {
		return stop{}, false
	}
	if k := s.in[next.node]; k >= 0 && k == s.in[p.node] {
		next.slot = s.slotOf(p.slot + 1)
	}
	next.day, next.level = p.day, min(p.level+1, s.plans[p.day].levels)
	for s.days[next.day].hi <= next.node {
		next.day++
		next.level = 1
	}
	for c := powerAhead; c < courses; c++ {
		switch {
		case !p.on[c]:
		case next.day != p.day || c == powerAhead:
			s.board(&next, c, powerAhead)
		default:
			s.board(&next, c, powerDone)
		}
	}
	return next, true
}

// board notes that a best plan comes to p from course b, with the power session
// of p's day ahead or done.
func (s *search) board(p *stop, b, now course) {
	if now == powerDone {
		p.on[powerDone] = true
		p.from[powerDone][b] = true
		return
	}
	y := s.layer(p.day, p.level, powerAhead)
	value := s.values[y.at+p.slot*(y.hi-y.lo)+p.node-y.lo]
	if here := s.layer(p.day, p.level, powerHere); here.lo <= p.node && p.node < here.hi &&
		s.values[here.at+p.slot*(here.hi-here.lo)+p.node-here.lo] == value {
		p.on[powerHere] = true
		p.from[powerHere][b] = true
	}
	if plain, _ := s.step(p.node, p.slot, p.day, p.level, powerAhead, s.nodes); plain == value {
		p.on[powerAhead] = true
		p.from[powerAhead][b] = true
	}
}

// choose takes, of the courses that lead to the end of the way, at each stop
// the power session where it can lie there.
func (s *search) choose(stops []stop) []planned {
	for k := len(stops) - 2; k >= 0; k-- {
		for c := range stops[k].on {
			leads := false
			for after := range courses {
				leads = leads || stops[k+1].on[after] && stops[k+1].from[after][c]
			}
			stops[k].on[c] = stops[k].on[c] && leads
		}
	}
	plan := s.plannedRoom[:0]
	before := powerAhead
	for k := range stops {
		chosen := powerAhead
		for _, c := range [...]course{powerHere, powerAhead, powerDone} {
			if stops[k].on[c] && (k == 0 || stops[k].from[c][before]) {
				chosen = c
				break
			}
		}
		plan = append(plan, planned{at: s.at(stops[k].node), power: chosen == powerHere})
		before = chosen
	}
	return plan
}
