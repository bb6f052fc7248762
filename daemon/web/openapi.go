package web

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// schema is a piece of an OpenAPI document.
type schema map[string]any

func instantSchema() schema { return schema{"type": "string", "format": "date-time"} }

// openAPI is the document of the API (https://spec.openapis.org/oas/v3.0.3). It
// is made from the table of routes and from the types that are sent, so that
// it cannot say anything else than they do.
func openAPI(table []route) schema {
	d := &describer{named: schema{}}
	paths := schema{}
	for _, r := range table {
		for _, one := range spread(r) {
			o, known := operations()[one.method+" "+one.pattern]
			if !known {
				continue // a test finds it
			}
			at, _ := paths[one.pattern].(schema)
			if at == nil {
				at = schema{}
				paths[one.pattern] = at
			}
			at[strings.ToLower(one.method)] = d.operation(one, o)
		}
	}
	return schema{
		"openapi": "3.0.3",
		"info": schema{"title": "nightbell", "version": "1", "description": "Instants are RFC 3339 with seconds, lengths seconds, amounts millilitres. " +
			"A key is always present; unknown is null. Only additions are made to version 1."},
		"paths": paths,
		"components": schema{"schemas": d.named, "securitySchemes": schema{
			"token":   schema{"type": "http", "scheme": "bearer"},
			"browser": schema{"type": "apiKey", "in": "cookie", "name": cookieName},
			"feed":    schema{"type": "apiKey", "in": "query", "name": "key"},
		}},
	}
}

// spread is a route as the document has it: the answers to a reminder are one
// pattern in the table and four in the document.
func spread(r route) []route {
	before, ok := strings.CutSuffix(r.pattern, "{action}")
	if !ok {
		return []route{r}
	}
	var all []route
	for _, what := range []What{Start, Done, Snooze, Skip} {
		one := r
		one.pattern = before + string(what)
		all = append(all, one)
	}
	return all
}

// describer collects the schemas that have a name.
type describer struct{ named schema }

func (d *describer) operation(r route, o operation) schema {
	says := schema{"summary": o.says, "responses": schema{
		"200": schema{"description": "Done.", "content": d.content(o)},
		"default": schema{"description": "It was not done, and why.", "content": schema{
			"application/json": schema{"schema": d.of(reflect.TypeFor[ErrorDoc]())},
		}},
	}}
	var parameters []schema
	for _, name := range wildcards(r.pattern) {
		parameters = append(parameters, schema{"name": name, "in": "path", "required": true, "schema": schema{"type": "string"}})
	}
	for _, p := range o.query {
		parameters = append(parameters, schema{"name": p.name, "in": "query", "description": p.says, "schema": p.takes})
	}
	if o.keyed {
		parameters = append(parameters, schema{
			"name": "Idempotency-Key", "in": "header", "schema": schema{"type": "string", "maxLength": keyMost},
			"description": "Asked again with the same key, it is carried out once; keys are kept for three days.",
		})
	}
	if parameters != nil {
		says["parameters"] = parameters
	}
	if o.body != nil {
		body := d.object(reflect.TypeOf(o.body), o.only)
		delete(body, "required") // what is left out has a meaning, or is refused in words
		body["additionalProperties"] = false
		says["requestBody"] = schema{"content": schema{"application/json": schema{"schema": body}}}
	}
	switch r.access {
	case open:
		says["security"] = []schema{}
	case local:
		says["description"] = "Only on the daemon's own Unix socket."
	case feed:
		says["security"] = []schema{{"feed": []string{}}, {"token": []string{}}, {"browser": []string{}}}
	default:
		says["security"] = []schema{{"token": []string{}}, {"browser": []string{}}}
	}
	return says
}

func (d *describer) content(o operation) schema {
	if o.answer == nil {
		return schema{o.media: schema{}}
	}
	return schema{"application/json": schema{"schema": d.of(reflect.TypeOf(o.answer))}}
}

// wildcards are the names in a pattern.
func wildcards(pattern string) []string {
	var names []string
	for part := range strings.SplitSeq(pattern, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// of is the schema of a type as encoding/json writes it.
func (d *describer) of(t reflect.Type) schema {
	switch {
	case t == reflect.TypeFor[Instant]():
		s := instantSchema()
		s["nullable"] = true
		return s
	case t == reflect.TypeFor[time.Time]():
		return instantSchema()
	case strings.HasPrefix(t.Name(), "Field["): // present, it is null or its value
		value, _ := t.FieldByName("value")
		return d.of(value.Type)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(d.of(t.Elem()))
	case reflect.Slice:
		return schema{"type": "array", "items": d.of(t.Elem())}
	case reflect.Struct:
		return d.reference(t)
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Float64:
		return schema{"type": "number"}
	case reflect.Int, reflect.Int64:
		return schema{"type": "integer"}
	}
	return schema{"type": "string"}
}

func nullable(s schema) schema {
	if _, reference := s["$ref"]; reference {
		return schema{"nullable": true, "allOf": []schema{s}}
	}
	s["nullable"] = true
	return s
}

// reference describes a struct once, by its name.
func (d *describer) reference(t reflect.Type) schema {
	name := strings.TrimSuffix(t.Name(), "Doc")
	if name == "" {
		return d.object(t, nil)
	}
	if _, known := d.named[name]; !known {
		d.named[name] = schema{} // it may hold itself
		d.named[name] = d.object(t, nil)
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// object describes a struct in place, or only some of its names.
func (d *describer) object(t reflect.Type, only []string) schema {
	properties, required := schema{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || only != nil && !slices.Contains(only, name) {
			continue
		}
		properties[name] = d.of(f.Type)
		if options == "" {
			required = append(required, name)
		}
	}
	s := schema{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// openapi serves the document.
func (s *site) openapi(w http.ResponseWriter, r *http.Request) {
	text, err := json.Marshal(openAPI(s.table))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(text); err != nil {
		s.log.Debug("answering with the document of the API", "err", err)
	}
}
