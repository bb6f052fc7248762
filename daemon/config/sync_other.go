//go:build !unix

package config

// syncFolder does nothing: these systems keep a rename by themselves, and
// cannot open a folder to be told to.
func syncFolder(string) error { return nil }
