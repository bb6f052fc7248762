package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// readJSON reads the one JSON value of a request's body; an empty body leaves
// into as it is. A key that into does not know is an error.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMost))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("more follows its JSON value; send one value alone")
		}
	}
	if long := new(http.MaxBytesError); errors.As(err, &long) {
		return TooLarge(long.Limit)
	}
	return Wrong("the request's body: %w", inOurWords(err))
}

// inOurWords says what is wrong with a body by its own keys. The decoder's
// words name the types of this program, which nobody outside has seen.
func inOurWords(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var instant *time.ParseError
	switch key, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case unknown:
		return fmt.Errorf("no key %s belongs there; %s", key, whereKeyBelongs(strings.Trim(key, `"`)))
	case errors.As(err, &kind):
		return fmt.Errorf("%s%s is not %s", keyPath(kind.Field), valueWords(kind.Value), kindWords(kind.Type))
	case errors.As(err, &instant):
		return fmt.Errorf("%s is not an instant; write it like 2026-06-10T09:45:00+02:00", instant.Value)
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("not JSON: %w", err)
	}
	return err
}

// whereKeyBelongs is the way out for a key that is not known where it stands. A
// session is written flat where it is read and edited, so its keys are what
// people write first.
func whereKeyBelongs(key string) string {
	switch {
	case key == "start":
		return `when it began is "at", beside "session"`
	case slices.Contains([]string{"kind", "minutes", "left_ml", "right_ml", "ml", "pain", "note"}, key):
		return `what a session says is under "session", such as {"session": {"minutes": 20}}`
	}
	return "/api/v1/openapi.json has them all"
}

// keyPath is the way to a key as the body has it, "session.minutes: ". What is
// written with a capital letter is a type's name, that of an embedded one.
func keyPath(field string) string {
	var keys []string
	for _, part := range strings.Split(field, ".") {
		if !strings.ContainsFunc(part, unicode.IsUpper) && part != "" {
			keys = append(keys, part)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return strings.Join(keys, ".") + ": "
}

// valueWords names the value that stands there: a number as it is.
func valueWords(value string) string {
	if number, ok := strings.CutPrefix(value, "number "); ok {
		return number
	}
	return map[string]string{"string": "a text", "array": "a list", "object": "an object", "bool": "true or false", "number": "a number"}[value]
}

// kindWords names what a JSON value would have to be for a type.
func kindWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number within bounds"
	}
	return `an object such as {"key": "value"}`
}
