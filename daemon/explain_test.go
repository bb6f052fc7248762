package daemon

import (
	"strings"
	"testing"

	"nightbell/daemon/web"
)

// Whoever asks for an explanation gets all seven costs in words; nobody else
// gets any.
func TestAPlanIsExplainedToWhoeverAsks(t *testing.T) {
	d := newDirect(t)
	if doc, err := d.Plan(t.Context(), web.PlanQuery{}); err != nil || doc.Explanation != nil {
		t.Errorf("unasked: %+v, %v", doc.Explanation, err)
	}
	doc, err := d.Plan(t.Context(), web.PlanQuery{Explain: true})
	if err != nil || doc.Explanation == nil || len(doc.Explanation.Costs) != 7 {
		t.Fatalf("asked: %+v, %v; want seven costs", doc.Explanation, err)
	}
	names := []string{}
	for _, c := range doc.Explanation.Costs {
		names = append(names, c.Cost)
	}
	if got := strings.Join(names, " "); got != "excess overnight sleep count power_missing power_off uneven" {
		t.Errorf("the costs are %s; want those of cost, in its order", got)
	}
	for _, s := range doc.Explanation.Starts {
		found := false
		for _, planned := range doc.Starts {
			found = found || planned.At.Equal(s.At.Time)
		}
		if !found || s.Text == "" {
			t.Errorf("%s is explained as %q, and is no start of the plan", s.At, s.Text)
		}
	}
}
