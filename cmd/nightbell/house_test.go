package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// sources are the Go files of the project that are not tests, by path from
// its root.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		files[filepath.ToSlash(name)] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// edges says which packages of the project each may import. Those that are
// for tests only may be imported by nothing else.
var edges = map[string][]string{
	"planner":             {},
	"planner/seedtest":    {},
	"notify":              {},
	"notify/pushovertest": {},
	"notify/ntfytest":     {},
	"notify/brokertest":   {},
	"notify/buddytest":    {},
	"notify/webpushtest":  {},
	"daemon/simulate":     {"planner", "notify"},
	"daemon/config":       {"planner", "notify"},
	"daemon/journal":      {"planner", "notify"},
	"daemon/web":          {"planner", "notify"},
	"daemon":              {"planner", "notify", "daemon/config", "daemon/journal", "daemon/web", "daemon/simulate"},
	"cmd/nightbell":       {"planner", "notify", "daemon", "daemon/config", "daemon/journal", "daemon/web", "daemon/simulate"},
}

func TestImportsGoOneWay(t *testing.T) {
	for name, f := range sources(t) {
		from := filepath.ToSlash(filepath.Dir(name))
		allowed, known := edges[from]
		if !known {
			t.Errorf("%s: the folder %s is not in the map of the house", name, from)
		}
		for _, i := range f.Imports {
			to, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "nightbell/")
			if ours && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s; %s may import %v of the project", name, to, from, allowed)
			}
			if from == "planner" && strings.Contains(i.Path.Value, ".") && i.Path.Value != `"github.com/robfig/cron/v3"` {
				t.Errorf("%s imports %s; the planner is pure", name, i.Path.Value)
			}
		}
	}
}

// The clock is read in one place, and given to everything else.
func TestOneReaderOfTheClock(t *testing.T) {
	for name, f := range sources(t) {
		if name == "daemon/clock.go" || strings.HasPrefix(name, "notify/pushovertest/") || strings.HasPrefix(name, "notify/ntfytest/") || strings.HasPrefix(name, "notify/brokertest/") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
					t.Errorf("%s reads the clock with time.%s; take now as an argument", name, s.Sel.Name)
				}
			}
			return true
		})
	}
}

// Words that must not reach a person, in any text the program can show.
var unkind = regexp.MustCompile(`(?i)\b(missed|late|overdue|behind|failed|should have|must|streak|left|don't lose your supply|your baby needs)\b`)

// Texts are the string literals that hold a sentence: those with a space.
// Flags, keys and formats are left out; "left" is also a side.
func TestNoUnkindWords(t *testing.T) {
	said := regexp.MustCompile(`^(planner/(reason|explain)|daemon/(words|kinds|step|answer|status|sessions|digest|help|bedtime|audit|heartbeat|pain|partner|coach|zone|import|history|web/calendar)|cmd/nightbell/(plan|status|sessions|answers|edit|lapse|demo|pain|zone|simulate|init|doctor|import|export))`)
	for name, f := range sources(t) {
		if !said.MatchString(name) {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != token.STRING || !strings.Contains(l.Value, " ") || strings.HasPrefix(l.Value, "`") {
				return true
			}
			if word := unkind.FindString(l.Value); word != "" && !strings.HasPrefix(l.Value, `"left `) {
				t.Errorf("%s says %q in %s", name, word, l.Value)
			}
			return true
		})
	}
}

// The top level holds what it was given and what any repository carries.
func TestTopLevel(t *testing.T) {
	given := []string{"cmd", "daemon", "planner", "notify", "config.example.yaml", "go.mod", "go.sum", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "packaging"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(given, e.Name()) {
			t.Errorf("%s does not belong on the top level", e.Name())
		}
	}
}
