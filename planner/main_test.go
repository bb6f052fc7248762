package planner

import (
	"testing"

	"nightbell/planner/seedtest"
)

func TestMain(m *testing.M) {
	seedtest.Fix()
	m.Run()
}
