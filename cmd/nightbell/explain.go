package main

import (
	"fmt"
	"strings"
	"time"

	"nightbell/daemon/web"
)

// costNames are what people call the seven costs, by their names in documents.
func costNames() map[string]string {
	return map[string]string{
		"excess": "long gaps", "overnight": "the night", "sleep": "your sleep", "count": "the number",
		"power_missing": "power session", "power_off": "its time", "uneven": "even gaps",
	}
}

// explained are the rows of a plan with, below each start of which there is
// something to say, why it is not where one would expect it.
func explained(rows [][]string, doc web.PlanDoc) [][]string {
	if doc.Explanation == nil {
		return rows
	}
	var more [][]string
	for i, row := range rows {
		more = append(more, row)
		for _, why := range doc.Explanation.Starts {
			if !why.At.Equal(doc.Starts[i].At.Time) {
				continue
			}
			more = append(more, []string{"", "", why.Text})
		}
	}
	return more
}

// printExplanation prints the seven costs in words.
func printExplanation(c *call, doc web.PlanDoc, z *time.Location) {
	if doc.Explanation == nil {
		return
	}
	fmt.Fprint(c.out, "\nWhat this plan gives, and what it gives up, the weightiest first")
	switch {
	case !doc.AsIf.IsZero():
		fmt.Fprintf(c.out, "\n(as if you began %s)", asIf(doc, z))
	case doc.State == "first":
		fmt.Fprint(c.out, "\n(as if the first of these began as planned)")
	}
	fmt.Fprint(c.out, ":\n\n")
	names, width := costNames(), 0
	for _, name := range names {
		width = max(width, len(name))
	}
	for _, cost := range doc.Explanation.Costs {
		name := names[cost.Cost]
		printFolded(c.out, name+strings.Repeat(" ", width-len(name)+2), cost.Text)
	}
}
