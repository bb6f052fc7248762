package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// holds checks a value against a schema, as far as this schema goes.
func holds(s object, v any) error {
	all, given := s["allOf"].([]any)
	if given && len(all) == 0 {
		return errors.New("an empty allOf is no schema")
	}
	for _, one := range all {
		if err := holds(one.(object), v); err != nil {
			return err
		}
	}
	if not, ok := s["not"].(object); ok && holds(not, v) == nil {
		return fmt.Errorf("%v is %v", v, not)
	}
	if any, ok := s["anyOf"].([]any); ok {
		var first error
		for _, one := range any {
			err := holds(one.(object), v)
			if err == nil {
				return nil
			}
			first = errors.Join(first, err)
		}
		return first
	}
	if c, ok := s["const"]; ok && !same(c, v) {
		return fmt.Errorf("%v is not %v", v, c)
	}
	if list, ok := s["enum"].([]any); ok && !slices.ContainsFunc(list, func(e any) bool { return same(e, v) }) {
		return fmt.Errorf("%v is none of %v", v, list)
	}
	if t, ok := s["type"]; ok && !isOf(t, v) {
		return fmt.Errorf("%v is not of type %v", v, t)
	}
	switch v := v.(type) {
	case string:
		if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) || v == "" && s["minLength"] != nil {
			return fmt.Errorf("%q does not match %v", v, p)
		}
	case float64:
		if least, ok := s["minimum"].(float64); ok && (v < least || v > s["maximum"].(float64)) {
			return fmt.Errorf("%v is outside %v to %v", v, least, s["maximum"])
		}
	case []any:
		if most, ok := s["maxItems"].(float64); ok && len(v) > int(most) {
			return fmt.Errorf("%d items are more than %v", len(v), most)
		}
		if least, ok := s["minItems"].(float64); ok && len(v) < int(least) {
			return fmt.Errorf("%d items are less than %v", len(v), least)
		}
		for i, e := range v {
			if items, ok := s["items"].(object); ok {
				if err := holds(items, e); err != nil {
					return fmt.Errorf("[%d]: %w", i, err)
				}
			}
		}
	case object:
		return holdsObject(s, v)
	}
	return nil
}

func holdsObject(s, v object) error {
	required, _ := s["required"].([]any)
	for _, key := range required {
		if _, ok := v[key.(string)]; !ok {
			return fmt.Errorf("%v is missing", key)
		}
	}
	properties, _ := s["properties"].(object)
	for key, e := range v {
		if p, ok := properties[key]; ok {
			if err := holds(p.(object), e); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		} else if s["additionalProperties"] == false {
			return fmt.Errorf("%s is no key", key)
		}
	}
	return nil
}

func same(a, b any) bool { return reflect.DeepEqual(a, b) }

func isOf(t, v any) bool {
	if list, ok := t.([]any); ok {
		return slices.ContainsFunc(list, func(t any) bool { return isOf(t, v) })
	}
	switch v := v.(type) {
	case nil:
		return t == "null"
	case string:
		return t == "string"
	case bool:
		return t == "boolean"
	case float64:
		return t == "number" || t == "integer" && v == float64(int(v))
	case []any:
		return t == "array"
	}
	return t == "object"
}

// asJSON is a value as JSON has it.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// fits holds a configuration against the schema.
func fits(t *testing.T, text string) error {
	t.Helper()
	// A date is a text in the YAML of editors (1.2) and an instant in that of
	// the library (1.1).
	text = regexp.MustCompile(`: (\d{4}-\d\d-\d\d)\n`).ReplaceAllString(text, ": \"$1\"\n")
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return holds(asJSON(t, Schema()).(object), asJSON(t, v))
}

func TestEveryKeyHasAForm(t *testing.T) {
	known, all := keys(), forms()
	for section, list := range known {
		for _, key := range list {
			full := strings.TrimPrefix(section+"."+key, ".")
			if f, ok := all[full]; !ok || f.what == "" {
				t.Errorf("%s has no form, so editors know nothing of it", full)
			}
			delete(all, full)
		}
	}
	for full := range all {
		t.Errorf("%s has a form, and is no key", full)
	}
}

func TestTheSchemaTakesWhatTheProgramTakes(t *testing.T) {
	example := readExample(t)
	on := strings.ReplaceAll(switchedOff.ReplaceAllString(example, "$1$2"), " at: off", ` at: "20:00"`)
	for rule, text := range map[string]string{
		"the least file":                 zoneLine,
		"the example":                    example,
		"the example with every line on": on,
		"sections without anything":      zoneLine + "routine:\nreminders:\nlog:\nwords:\nchannels:\n",
		"keys of later versions off":     zoneLine + "partner: off\nheartbeat: false\nlogin: \"\"\nwake_system: false\n",
		"no sleep, no window, no rest":   zoneLine + "routine: {sleep: off, overnight: {window: off}}\nrest_after: off\n",
		"a length of nothing":            zoneLine + "routine: {merge: 0, wake_grace: 0m}\n",
		"busy time":                      zoneLine + "routine: {busy: [{from: \"09:00\", to: \"10:30\", days: mon-fri, name: course}]}\n",
		"lines of morning and evening":   zoneLine + "reminders: {digest: {at: \"07:30\", help: true}, bedtime_check: {before: 1h, level: normal}}\n",
		"a timetable of every kind":      zoneLine + "routine: {times: [\"07:00\", \"@daily\", \" 0 10-22/3 * * mon-fri \", \"0 9 1,15 JAN ?\"]}\n",
		"days in any case, and none":     zoneLine + "routine: {busy: [{from: \"09:00\", to: \"10:00\", days: \"Mon-Fri, SUN\"}, {from: \"12:00\", to: \"13:00\", days: \"\"}]}\n",
		"a pattern, and none":            zoneLine + "routine: {power_pump: {at: \"20:00\", pattern: [10, 10, 10]}}\n",
		"a heartbeat":                    zoneLine + "heartbeat: {url: \"https://hc.example/x\", every: 10m}\nwake_system: true\n",
		"a secret in a file":             zoneLine + "channels: [{name: p, type: pushover, token_file: t, user_file: u}]\n",
	} {
		if err := fits(t, text); err != nil {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func TestTheSchemaRefusesWhatTheProgramRefuses(t *testing.T) {
	for rule, text := range map[string]string{
		"no zone":                     "routine: {target: 8}\n",
		"a key nobody knows":          zoneLine + "routnie: {target: 8}\n",
		"one inside a section":        zoneLine + "routine: {max-gap: 4h}\n",
		"a word for a number":         zoneLine + "routine: {target: many}\n",
		"a number that is too high":   zoneLine + "routine: {target: 15}\n",
		"a length without a unit":     zoneLine + "routine: {session: 15}\n",
		"an empty length":             zoneLine + "routine: {session: \"\"}\n",
		"half a range":                zoneLine + "routine: {sleep: 23-7}\n",
		"a level nobody knows":        zoneLine + "reminders: {nudge: {level: loud}}\n",
		"a type nobody knows":         zoneLine + "channels: [{name: a, type: pigeon}]\n",
		"another type's setting":      zoneLine + "channels: [{name: a, type: console, token: x}]\n",
		"busy time without an end":    zoneLine + "routine: {busy: [{from: \"09:00\"}]}\n",
		"a number for a section":      zoneLine + "heartbeat: 5\n",
		"no name of a zone":           "timezone: \"\"\n",
		"the machine's own zone":      "timezone: Local\n",
		"a zone inside a line":        zoneLine + "routine: {times: [\"TZ=UTC 0 7 * * *\"]}\n",
		"seconds in a line":           zoneLine + "routine: {times: [\"0 0 7 * * *\"]}\n",
		"a length for a line":         zoneLine + "routine: {power_pump: {at: \"@every 3h\"}}\n",
		"a month that no year has":    zoneLine + "routine: {ramp: [{from: \"2026-13-01\", target: 7}]}\n",
		"days nobody knows":           zoneLine + "routine: {busy: [{from: \"09:00\", to: \"10:00\", days: monday-fri}]}\n",
		"a pattern of two numbers":    zoneLine + "routine: {power_pump: {at: \"20:00\", pattern: [20, 20]}}\n",
		"a channel's secret left out": zoneLine + "channels: [{name: p, type: pushover, user_file: u}]\n",
		"a partner without channels":  zoneLine + "partner: {after: 15m}\n",
		"a heartbeat without address": zoneLine + "heartbeat: {every: 5m}\n",
		"a broker without address":    zoneLine + "home_assistant: {user: u}\n",
		"a line that would ring":      zoneLine + "reminders: {digest: {level: alarm}}\n",
	} {
		if _, err := Parse("n.yaml", []byte(text), 0o600, environment(nil)); err == nil {
			t.Errorf("%s: the program takes it", rule)
		}
		if err := fits(t, text); err == nil {
			t.Errorf("%s: the schema takes it", rule)
		}
	}
}

// What the schema says of bounds is what the program keeps to: just inside
// them nothing is said of the key, just outside something is.
func TestTheBoundsOfTheSchemaAreThoseOfTheRules(t *testing.T) {
	wide := map[string]string{ // what keeps other rules out of the way
		"routine.session": "min_gap: 4h, max_gap: 6h", "routine.min_gap": "max_gap: 6h",
		"routine.target": "min_gap: 60m, sleep: off", "routine.overnight.sessions": "window: 23:00-07:00",
	}
	told := func(key, value string) bool {
		parts := strings.Split(key, ".")
		text := parts[len(parts)-1] + ": " + value
		if more := wide[key]; more != "" {
			text += ", " + more
		}
		if strings.HasSuffix(key, ".flex") {
			text += `, at: "15:00"`
		}
		if strings.HasSuffix(key, ".give_up") {
			text += ", again: []"
		}
		for i := len(parts) - 2; i >= 0; i-- {
			text = parts[i] + ": {" + text + "}"
		}
		_, err := Parse("n.yaml", []byte(zoneLine+text+"\n"), 0o600, environment(nil))
		return err != nil && strings.Contains(err.Error(), key+": ")
	}
	bounded := 0
	for key, f := range forms() {
		var inside, outside []string
		switch least := f.least.(type) {
		case int:
			inside, outside = []string{fmt.Sprint(least), fmt.Sprint(f.most)}, []string{fmt.Sprint(least - 1), fmt.Sprint(f.most.(int) + 1)}
		case time.Duration:
			most := f.most.(time.Duration)
			inside, outside = []string{lengthText(least), lengthText(most)}, []string{lengthText(most + time.Minute)}
			if least > 0 {
				outside = append(outside, lengthText(least-time.Minute))
			}
		default:
			continue
		}
		bounded++
		for _, v := range inside {
			if told(key, v) {
				t.Errorf("%s: %s is within the bounds of the schema, and the program refuses it", key, v)
			}
		}
		for _, v := range outside {
			if !told(key, v) {
				t.Errorf("%s: %s is outside the bounds of the schema, and the program takes it", key, v)
			}
		}
	}
	if bounded < 12 {
		t.Errorf("only %d keys have bounds", bounded)
	}
}

// A file with every default written out means what the least file means.
func TestTheDefaultsOfTheSchemaAreThose(t *testing.T) {
	var document func(s object) object
	document = func(s object) object {
		out := object{}
		properties, _ := s["properties"].(object)
		for key, p := range properties {
			if preset, ok := p.(object)["default"]; ok {
				out[key] = preset
			} else if sub := document(p.(object)); len(sub) > 0 {
				out[key] = sub
			}
		}
		return out
	}
	written := document(asJSON(t, Schema()).(object))
	written["timezone"] = "America/New_York"
	text, err := json.Marshal(written) // which is YAML too
	if err != nil {
		t.Fatal(err)
	}
	if got, want := settings(load(t, string(text))), settings(load(t, "timezone: America/New_York\n")); !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, want %#v\n%s", got, want, text)
	}
	if err := fits(t, string(text)); err != nil {
		t.Error(err)
	}
}
