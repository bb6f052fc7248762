// Package config turns the configuration file into values that need no other
// check. The file's manual is config.example.yaml; this is the package's.
//
// # Words
//
// A key is named in full everywhere, as in "routine.overnight.window" or
// "channels[0].token"; entries of a list count from 0. A problem keeps the
// configuration from loading. A notice never does; it is worth one line when
// someone checks the file.
//
// # Guarantees
//
//   - Every problem of a file is reported at once, each once and in line
//     order, as "file:line: key: what is wrong; what is right". Where a value
//     could not be read, no rule is said to be broken on its account.
//   - Only what is documented is read. An unknown or repeated key, a second
//     document, a YAML tag and a merge key are problems. Anchors and aliases
//     work, up to a hundred.
//   - What a value may be follows from its key, never from how YAML guesses:
//     yes is a problem wherever it stands, 0700 is no time, and off means off.
//   - No text that comes from here holds a secret: not a literal, not the
//     value of a variable, not a line of a file of secrets.
//   - Reading is bounded: a file of at most 1 MiB, secrets of at most 4 KiB.
//     No input makes Parse panic.
//
// # Where rules live
//
// The shapes of values and the rules of the keys outside the routine are
// here. The rules of a routine are planner.Routine.Check's, those of a
// channel its type's in package notify; both are reported under the line of
// their key. So a new channel needs nothing here, and a new key is a row in
// keys and one in forms (what editors are told of it), a line where it is read,
// and a paragraph in config.example.yaml.
//
// A key of a later version is known, so that the answer to it can be plain;
// it may only say that the thing is off.
//
// # What it does not do
//
// It does not look for the file, watch it, or keep defaults for the data
// folder: those depend on the system and the user, and belong to the command.
package config
