package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// completionCommand prints what a shell needs to complete the command line.
//
// The script is made from the command tree, for each shell in its own way, and
// calls nothing: libraries for this have the shell start the program at every
// Tab, and offer bash's way to the other shells.
type completionCommand struct {
	Shell   string `arg:"" values:"bash zsh fish" help:"bash, zsh or fish."`
	Install bool   `help:"Write it where the shell looks for it, instead of printing it."`
}

// Run prints the script, or writes it to its place.
func (k *completionCommand) Run(c *call) error {
	all, err := tree()
	if err != nil {
		return err
	}
	shells := map[string]func([]branch) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}
	script, ok := shells[k.Shell]
	if !ok {
		return usage("there is no completion for %q; use bash, zsh or fish", k.Shell)
	}
	if !k.Install {
		fmt.Fprint(c.out, script(all))
		return nil
	}
	file, then := c.completionPlace(k.Shell)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("writing the completion: %w", err)
	}
	if err := os.WriteFile(file, []byte(script(all)), 0o644); err != nil {
		return fmt.Errorf("writing the completion: %w", err)
	}
	fmt.Fprintf(c.out, "Written to %s. %s\n", file, then)
	return nil
}

// completionPlace is where a shell looks for a user's completions, and what
// else there is to do.
func (c *call) completionPlace(shell string) (file, then string) {
	base := func(variable, below string) string { return filepath.Dir(c.userFolder(variable, below)) }
	switch shell {
	case "fish":
		return filepath.Join(base("XDG_CONFIG_HOME", ".config"), "fish", "completions", "nightbell.fish"), "New shells have it."
	case "zsh":
		file = filepath.Join(base("XDG_DATA_HOME", filepath.Join(".local", "share")), "zsh", "site-functions", "_nightbell")
		return file, "zsh has to know the folder; put before compinit in ~/.zshrc: fpath+=" + filepath.Dir(file)
	}
	file = filepath.Join(base("XDG_DATA_HOME", filepath.Join(".local", "share")), "bash-completion", "completions", "nightbell")
	return file, "New shells have it, with the package bash-completion; without it, put into ~/.bashrc: source " + file
}

// quoted is a text in single quotes, as these shells take it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// paths are the patterns by which a script knows how deep in the tree a line
// is: " sessions", " sessions edit".
func paths(all []branch) []string {
	var list []string
	for _, c := range all[1:] {
		list = append(list, quoted(" "+c.Path))
	}
	return list
}

// words are what may follow a command that is typed in full: its commands, its
// flags, and the values of its argument where these are a list.
func words(all []branch, c branch) []string {
	list := slices.Clone(c.Subs)
	for _, arg := range c.Args {
		list = append(list, arg.Values...)
	}
	for _, f := range flagsIn(all, c) {
		list = append(list, "--"+f.Name)
	}
	return list
}

// takesFile tells whether a command's argument is the name of a file.
func takesFile(c branch) bool {
	return slices.ContainsFunc(c.Args, func(o option) bool { return o.Name == "file" })
}
