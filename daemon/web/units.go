package web

import (
	"strconv"
	"strings"

	"nightbell/planner"
)

// Setting is what the page needs of the configuration in force.
type Setting struct {
	Routine        planner.Routine
	Ounces         bool   // amounts are typed and shown in oz; they are kept in ml
	Word           string // the person's own word for a session; empty: none
	ConfiguredZone string // what the file says; the routine's may be another while travelling
}

// mlPerOunce is one US fluid ounce, as breast pumps and bottles are marked:
// 29.5735 ml (NIST Handbook 44, appendix C).
const mlPerOunce = 29.5735295625

func (s Setting) unit() string {
	if s.Ounces {
		return "oz"
	}
	return "ml"
}

// amount writes an amount in the person's units: whole millilitres, or tenths
// of an ounce, which is as fine as a bottle is marked.
func (s Setting) amount(l *Language, ml *float64) string {
	switch {
	case ml == nil:
		return ""
	case s.Ounces:
		return l.Number(*ml/mlPerOunce, 1)
	}
	return l.Number(*ml, 1)
}

// most is the largest amount that is taken, in the person's units.
func (s Setting) most() int {
	if s.Ounces {
		return 67 // mlMost, in whole ounces
	}
	return mlMost
}

// agree finds a total that says something else than its sides.
func (s Setting) agree(f SessionFields) error {
	sum, agree := f.sides()
	if agree {
		return nil
	}
	return wrongForm("wrong.sum", inUnit(*f.ML, s.unit()), inUnit(sum, s.unit()))
}

// read reads an amount as people type it, with a point or a comma; nil when
// nothing was typed.
func (s Setting) read(text string) (ml *float64, ok bool) {
	text = strings.Replace(strings.TrimSpace(text), ",", ".", 1)
	if text == "" {
		return nil, true
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, false
	}
	if s.Ounces {
		v *= mlPerOunce
	}
	return &v, true
}
