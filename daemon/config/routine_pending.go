//go:build !ready

package config

import "nightbell/planner"

func (r *report) routine(section) planner.Routine { return planner.Routine{} }
