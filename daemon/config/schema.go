package config

import "nightbell/notify"

// Schema is a JSON Schema (draft 7, which editors know best) of the
// configuration. Its keys are those of keys, its channels those of
// notify.Types; forms says what each key takes.
func Schema() map[string]any {
	s := sectionSchema("")
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "nightbell's configuration"
	s["required"] = []string{"timezone"}
	return s
}

// sectionSchema is the schema of a section by its entry in keys.
func sectionSchema(name string) object {
	known, all, properties := keys(), forms(), object{}
	for _, key := range known[name] {
		full := key
		if name != "" {
			full = name + "." + key
		}
		f := all[full]
		switch {
		case full == "channels":
			properties[key] = f.of(object{"type": []string{"array", "null"}, "maxItems": maxChannels, "items": object{"anyOf": channelSchemas()}})
		case known[full+"[]"] != nil:
			properties[key] = f.of(object{"type": []string{"array", "null"}, "items": sectionSchema(full + "[]")})
		case known[full] != nil:
			sub := sectionSchema(full)
			sub["type"] = []string{"object", "null"}
			if f.off {
				sub = object{"anyOf": []object{sub, {"enum": []any{"off", false, ""}}}}
			}
			properties[key] = f.of(sub)
		default:
			properties[key] = f.schema()
		}
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	switch name {
	case "routine.busy[]":
		s["required"] = []string{"from", "to"}
	case "routine.ramp[]":
		s["required"] = []string{"from", "target"}
	case "partner":
		s["required"] = []string{"channels"}
	case "heartbeat":
		s["allOf"] = needed(notify.HeartbeatSettings())
	case "home_assistant":
		s["allOf"] = needed(notify.BrokerSettings())
	case "baby_buddy":
		s["allOf"] = needed(notify.BabyBuddySettings())
	}
	return s
}

// needed asks for each setting that has to be there: a secret as it is, or the
// file that holds it.
func needed(settings []notify.Setting) []object {
	all := []object{}
	for _, setting := range settings {
		ways := []object{{"required": []string{setting.Key}}}
		if setting.Secret {
			ways = append(ways, object{"required": []string{setting.Key + "_file"}})
		}
		if setting.Required {
			all = append(all, object{"anyOf": ways})
		}
	}
	return all
}

// channelSchemas has one schema for each type of channel.
func channelSchemas() []object {
	var all []object
	for _, t := range notify.Types() {
		s := sectionSchema("channels[]")
		properties := s["properties"].(object)
		properties["type"] = object{"const": t.Name}
		for _, setting := range t.Settings {
			properties[setting.Key] = settingSchema(setting)
			if setting.Secret {
				properties[setting.Key+"_file"] = object{"type": "string", "description": "The path of a file that holds it."}
			}
		}
		s["title"], s["required"] = t.Name, []string{"name", "type"}
		if all := needed(t.Settings); len(all) > 0 { // an empty list is no schema
			s["allOf"] = all
		}
		all = append(all, s)
	}
	return all
}

// settingSchema is the schema of one setting of a channel.
func settingSchema(s notify.Setting) object {
	o := object{}
	switch s.Kind {
	case notify.Flag:
		o["type"] = "boolean"
	case notify.Words:
		o["type"], o["items"] = []string{"array", "null"}, object{"type": "string"}
	case notify.Pairs:
		o["type"], o["additionalProperties"] = []string{"object", "null"}, object{"type": "string"}
	default:
		// A token of digits alone is a number to YAML, and none here.
		o["type"] = []string{"string", "number", "null"}
	}
	if s.Example != "" {
		o["description"] = "Such as " + s.Example + "."
	}
	return o
}
