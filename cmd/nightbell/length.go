package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// lengthPart is one number of a length with its unit, such as "1h" or
// "30 minutes".
var lengthPart = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,3})?)\s*(days?|d|hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s)\b\.?(?:\s+and\b|,)?\s*`)

// length reads a length as people write it: 90m, 1h30m, "1h 30m", 20min, "90
// minutes", "1 hour", and "2 h 40" as this program writes it.
func length(text string) (d time.Duration, ok bool) {
	rest, hours := strings.ToLower(strings.TrimSpace(text)), false
	for rest != "" {
		m := lengthPart.FindStringSubmatch(splitUnits(rest))
		if m == nil {
			minutes, err := strconv.ParseUint(rest, 10, 8)
			if !hours || err != nil || minutes > 59 {
				return 0, false
			}
			return d + time.Duration(minutes)*time.Minute, true
		}
		number, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, false
		}
		unit := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}[m[2][0]]
		d += time.Duration(number * float64(unit))
		hours = unit == time.Hour
		rest, ok = splitUnits(rest)[len(m[0]):], true
	}
	return d, ok
}

// joined is a unit that the next number follows at once, as in 1h30m.
var joined = regexp.MustCompile(`([a-z])(\d)`)

func splitUnits(text string) string { return joined.ReplaceAllString(text, "$1 $2") }

// spelt is a length as people type it: 10m, 1h30m, 3s.
func spelt(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// minutesOf reads the length of a session: 20, 20m, "20 min" or 1h15m.
func minutesOf(text string) (int, error) {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return n, nil
	}
	d, ok := length(text)
	if !ok || d%time.Minute != 0 {
		return 0, fmt.Errorf("%q is not a number of minutes; write 20 or 20m", text)
	}
	return int(d / time.Minute), nil
}
