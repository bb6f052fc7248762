package seedtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nightbell/planner/seedtest"
)

func TestMain(m *testing.M) {
	seedtest.Fix()
	os.Exit(m.Run())
}

// TestWhatIsDrawn runs this binary again for each way to name a seed.
func TestWhatIsDrawn(t *testing.T) {
	if os.Getenv("NIGHTBELL_TEST_DRAWS") != "" {
		rapid.Check(t, func(t *rapid.T) { t.Logf("drew %d", rapid.Uint64().Draw(t, "n")) })
		return
	}
	drawn := func(variable string, flags ...string) string {
		t.Helper()
		child := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^TestWhatIsDrawn$", "-rapid.log", "-rapid.checks=3"}, flags...)...)
		for _, e := range os.Environ() {
			if !strings.HasPrefix(e, "RAPID_") {
				child.Env = append(child.Env, e)
			}
		}
		child.Env = append(child.Env, "NIGHTBELL_TEST_DRAWS=1")
		if variable != "" {
			child.Env = append(child.Env, variable)
		}
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		numbers := ""
		for line := range strings.Lines(string(out)) {
			if _, number, ok := strings.Cut(line, "drew "); ok {
				numbers += number
			}
		}
		if strings.Count(numbers, "\n") < 3 {
			t.Fatalf("it drew too little:\n%s", out)
		}
		return numbers
	}
	same := drawn("")
	for _, c := range []struct {
		rule, variable string
		flags          []string
		want           bool // that it draws the same as without anything
	}{
		{"the same in the next run", "", nil, true},
		{"another seed by its flag", "", []string{"-rapid.seed=7"}, false},
		{"a new one by its flag", "", []string{"-rapid.seed=0"}, false},
		{"another seed by its variable", "RAPID_SEED=7", nil, false},
		{"a new one by its variable", "RAPID_SEED=0", nil, false},
		{"the usual one by its name", "RAPID_SEED=1", nil, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := drawn(c.variable, c.flags...); (got == same) != c.want {
				t.Errorf("drew\n%swithout anything\n%swant the same: %v", got, same, c.want)
			}
		})
	}
}
