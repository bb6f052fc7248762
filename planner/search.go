package planner

// The search is a shortest path over grid instants, walked backwards, twice.
//
// The first walk knows only the principles that need no counting over the day:
// the gap limit, the overnight windows and sleep. It gives, for every node, the
// least cost from there to the horizon. The second walk (spread.go) decides
// among what ties there: it counts the day, places the power session and
// spreads the gaps. Since costs are compared in order, only steps that lose
// nothing in the first walk are open to the second, and they are few.
//
// The cost of a step is convex in where it ends and moves along with where it
// begins (the limit never falls from one node to the next). So the first walk
// needs no loop over steps: a sliding minimum serves the steps within the
// limit, a running one those beyond it.

// Costs of the first walk are one number: minutes past the limit, starts that
// windows got (subtracted), listed times taken (subtracted; see timetable.go),
// minutes of sleep. The units keep them apart: listed times stay below 2^10
// and windows below 2^8 in any plan.
const (
	excessUnit = int64(1) << 40
	nightUnit  = int64(1) << 27
	never      = int64(1) << 60 // no plan
)

// maxOvernight is the most starts that a window may want.
const maxOvernight = 3

// search holds the walks' values. Inside an overnight window a value also
// depends on how many starts the window has had: slot s stands for s+1 of them,
// the last slot for enough. Outside, slot 0 stands alone.
//
// A view is how a node looks to the step that leads there: view 0 from outside
// its window, view v from slot v-1 inside it.
type search struct {
	ground
	best   []int64 // slot*nodes + i: the least cost after the start at i
	enter  []int64 // view*nodes + i: the least cost with the start at i
	beyond []int64 // the least of 5*j*excessUnit + enter(j) over j >= i
	least  int64   // of the whole plan
	spread

	stopRoom    [32]stop
	plannedRoom [32]planned
}

// slotOf is the slot in which a step arrives that sees the node in this view.
func (s *search) slotOf(view int) int { return min(view, s.slots-1) }

// setEntering fills what node i looks like to the steps that lead there.
func (s *search) setEntering(i int) {
	n := s.nodes
	for v := 0; v <= s.slots; v++ {
		cost := s.toll[i] + s.best[s.slotOf(v)*n+i]
		if s.in[i] >= 0 && v < s.slots {
			cost -= nightUnit
		}
		s.enter[v*n+i] = min(cost, never)
		if s.in[i] < 0 {
			break
		}
	}
}

// walk fills best and enter from the horizon back to the anchor.
func (s *search) walk() {
	n := s.nodes
	values := s.large[n:]
	s.best, s.enter, s.beyond = values[:s.slots*n], values[s.slots*n:(2*s.slots+1)*n], values[(2*s.slots+1)*n:]
	s.beyond[n] = never
	queue := slidingMinimum{nodes: s.queue, pushed: n}
	for i := n - 1; i >= 0; i-- {
		if s.toll[i] < blocked {
			s.leave(i, &queue)
		} else {
			for slot := 0; slot < s.slots; slot++ {
				s.best[slot*n+i] = never
			}
		}
		s.setEntering(i)
		s.beyond[i] = min(s.beyond[i+1], 5*int64(i)*excessUnit+s.enter[i])
	}
	s.least = s.leaveAnchor()
}

// leave finds the least cost of going on from node i, for each of its slots.
func (s *search) leave(i int, queue *slidingMinimum) {
	n, limit := s.nodes, int(s.limit[i])
	from, end := i+s.gap, 0
	if k := s.in[i]; k >= 0 {
		end = s.nights[k].hi
	}
	outside := max(from, end)
	cost := queue.least(s.enter[:n], outside, limit/5)
	if past := max(outside, limit/5+1); past < n && s.beyond[past] < never {
		cost = min(cost, s.beyond[past]-int64(limit)*excessUnit)
	}
	cost = min(cost, int64(s.tail[i])*excessUnit)
	s.best[i] = cost
	if end == 0 {
		return
	}
	for slot := 0; slot < s.slots; slot++ {
		least := cost
		inside := s.enter[(slot+1)*n : (slot+2)*n]
		for j := from; j < end; j++ {
			least = min(least, inside[j]+int64(max(0, 5*j-limit))*excessUnit)
		}
		s.best[slot*n+i] = least
	}
}

// leaveAnchor is the cost of the best plan. Going straight to the horizon is
// always open: an anchor so long that nothing fits still has a plan.
func (s *search) leaveAnchor() int64 {
	limit, _ := s.limitAfter(s.anchor.at, 0)
	least := int64(max(0, ceilMinutes(s.horizon-limit))) * excessUnit
	for j := s.opening; j < s.nodes; j++ {
		view := s.viewFromAnchor(j)
		least = min(least, s.enter[view*s.nodes+j]+int64(max(0, ceilMinutes(s.at(j)-limit)))*excessUnit)
	}
	return least
}

// viewFromAnchor is the view in which the anchor sees node j: what its window
// already had before the plan begins counts.
func (s *search) viewFromAnchor(j int) int {
	if k := s.in[j]; k >= 0 {
		return min(s.slots, s.nights[k].have)
	}
	return 0
}

// slidingMinimum gives the least of a window of costs whose two edges only
// move back. Its nodes are those that can still become the least: costs rise
// from the front, where the latest node is, to the back.
type slidingMinimum struct {
	nodes       []int32
	front, back int // nodes[front:back] are in the queue
	pushed      int // every node from here on was seen
}

// least is the least cost of the nodes from..to.
func (q *slidingMinimum) least(costs []int64, from, to int) int64 {
	for q.pushed > from {
		q.pushed--
		c := costs[q.pushed]
		for q.back > q.front && costs[q.nodes[q.back-1]] >= c {
			q.back--
		}
		q.nodes[q.back] = int32(q.pushed)
		q.back++
	}
	for q.back > q.front && int(q.nodes[q.front]) > to {
		q.front++
	}
	if q.back == q.front {
		return never
	}
	return costs[q.nodes[q.front]]
}
