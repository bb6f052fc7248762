package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/planner"
)

const header = "start,kind,minutes,left_ml,right_ml,ml,pain,note,source,id\n"

// threeOClock is 2026-01-02T03:04:00+01:00, as the journal keeps it.
var threeOClock = time.Date(2026, 1, 2, 3, 4, 0, 0, time.FixedZone("", 3600))

func TestHistoriesThatCanBeRead(t *testing.T) {
	pump := func(f func(*Session)) HistoryFile {
		s := Session{Start: threeOClock, Kind: planner.Pump}
		f(&s)
		return HistoryFile{Sessions: []Session{s}}
	}
	bare := pump(func(*Session) {})
	whole := pump(func(s *Session) {
		s.Kind, s.Length, s.LeftML, s.RightML, s.ML = planner.Nurse, 22*time.Minute+30*time.Second, full(10), full(0), full(12.5)
		s.Pain, s.Note, s.Source, s.ID = true, `a "b", c`, "cli", 7
	})
	for _, c := range []struct {
		rule, name, text string
		want             HistoryFile
	}{
		{"only start is required", "h.csv", "start\n2026-01-02T03:04:00+01:00\n", bare},
		{"every column", "h.csv", header + `2026-01-02T03:04:00+01:00,nurse,22.5,10,0,12.5,true,"a ""b"", c",cli,7` + "\n", whole},
		{"any order of columns", "h.csv", "ml,start\n,2026-01-02T03:04:00+01:00\n", bare},
		{"lines that end as on Windows", "h.csv", "start\r\n2026-01-02T03:04:00+01:00\r\n", bare},
		{"a byte order mark", "h.csv", "\ufeffstart\n2026-01-02T03:04:00+01:00\n", bare},
		{"blank lines", "h.csv", "\nstart\n\n2026-01-02T03:04:00+01:00\n\n", bare},
		{"blanks around values", "h.csv", " start , kind \n 2026-01-02T03:04:00+01:00 , pump \n", bare},
		{"no line end at the end", "h.csv", "start\n2026-01-02T03:04:00+01:00", bare},
		{"an unknown column is named, not refused", "h.csv", "start,mood\n2026-01-02T03:04:00+01:00,good\n",
			HistoryFile{Sessions: bare.Sessions, Ignored: []string{"mood"}}},
		{"a header alone is an empty history", "h.csv", header, HistoryFile{}},
		{"an empty file is an empty history", "h.csv", "", HistoryFile{}},
		{"a zone of Z", "h.csv", "start\n2026-01-02T02:04:00Z\n", HistoryFile{Sessions: []Session{{Start: threeOClock.UTC(), Kind: planner.Pump}}}},
		{"a fraction is cut to the millisecond", "h.csv", "start\n2026-01-02T03:04:00.0019+01:00\n", pump(func(s *Session) { s.Start = s.Start.Add(time.Millisecond) })},
		{"passed starts", "h.csv", "start,kind\n2026-01-02T03:04:00+01:00,skipped\n2026-01-02T03:04:00+01:00,lapsed\n" +
			"2026-01-02T03:04:00+01:00,skipped_power\n2026-01-02T03:04:00+01:00,lapsed_power\n",
			HistoryFile{Passed: []Passed{{At: threeOClock, Skipped: true}, {At: threeOClock}, {At: threeOClock, Skipped: true, Power: true}, {At: threeOClock, Power: true}}}},
		{"a pause", "h.csv", "start,kind,minutes\n2026-01-02T03:04:00+01:00,pause,90\n",
			HistoryFile{Pauses: []Pause{{From: threeOClock, To: threeOClock.Add(90 * time.Minute)}}}},
		{"JSON Lines by the name", "h.jsonl", `{"start":"2026-01-02T03:04:00+01:00"}`, bare},
		{"JSON Lines by the content", "export", "\n {\"start\": \"2026-01-02T03:04:00+01:00\"}\r\n\r\n", bare},
		{"every key", "h.ndjson", `{"start":"2026-01-02T03:04:00+01:00","kind":"nurse","minutes":22.5,"left_ml":10,"right_ml":0,"ml":12.5,` +
			`"pain":true,"note":"a \"b\", c","source":"cli","id":7}`, whole},
		{"null is not given", "h.jsonl", `{"start":"2026-01-02T03:04:00+01:00","kind":null,"minutes":null,"ml":null,"pain":null,"note":null,"id":null}`, bare},
		{"an unknown key is named, not refused", "h.jsonl", `{"start":"2026-01-02T03:04:00+01:00","counted":true}`,
			HistoryFile{Sessions: bare.Sessions, Ignored: []string{"counted"}}},
		{"an empty file of JSON Lines", "h.jsonl", "", HistoryFile{}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := ReadHistory(c.name, strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, cutHistory(c.want)) {
				t.Errorf("got\n%+v\nwant\n%+v", got, c.want)
			}
		})
	}
}

// cutHistory brings the instants of a test into the journal's form.
func cutHistory(f HistoryFile) HistoryFile {
	b := cutBatch(Batch{Sessions: f.Sessions, Passed: f.Passed, Pauses: f.Pauses})
	return HistoryFile{Sessions: b.Sessions, Passed: b.Passed, Pauses: b.Pauses, Ignored: f.Ignored}
}

func TestHistoriesThatAreRefused(t *testing.T) {
	const good = "2026-01-02T03:04:00+01:00"
	for _, c := range []struct{ rule, name, text, want string }{
		{"a time needs a zone", "h.csv", "start\n2026-01-02 03:04\n",
			`h.csv:2: start: "2026-01-02 03:04" has no zone, so it could be several instants; write it such as 2026-01-02T03:04:00+01:00`},
		{"a time needs a date", "h.csv", "start\n03:04\n",
			`h.csv:2: start: "03:04" is not a time of RFC 3339; write it such as 2026-01-02T03:04:00+01:00`},
		{"no start", "h.csv", "start,ml\n,3\n", `h.csv:2: start: is missing; write it such as 2026-01-02T03:04:00+01:00`},
		{"a clock that was never set", "h.csv", "start\n1970-01-01T00:00:00Z\n", `h.csv:2: start: "1970-01-01T00:00:00Z" lies outside the years 1990 to 2199`},
		{"no header", "h.csv", good + ",pump\n",
			"h.csv:1: no column start; the first line names the columns, separated by commas: start,kind,minutes,left_ml,right_ml,ml,pain,note,source,id"},
		{"a column twice", "h.csv", "start,ml,ml\n", `h.csv:1: column "ml" is there twice`},
		{"an unknown kind", "h.csv", "start,kind\n" + good + ",feed\n",
			`h.csv:2: kind: "feed" is none of pump, power, nurse, hand, skipped, lapsed, skipped_power, lapsed_power, pause`},
		{"an amount below zero", "h.csv", "start,ml\n" + good + ",-1\n", `h.csv:2: ml: "-1" is less than nothing`},
		{"an amount without end", "h.csv", "start,left_ml\n" + good + ",Inf\n", `h.csv:2: left_ml: "Inf" is not a number; write it such as 12.5`},
		{"an amount with a comma", "h.csv", "start,right_ml\n" + good + ",\"1,5\"\n", `h.csv:2: right_ml: "1,5" is not a number; write it such as 12.5`},
		{"a session of two days", "h.csv", "start,minutes\n" + good + ",2880\n", `h.csv:2: minutes: "2880" is not from 0 to 1440`},
		{"a pause without a length", "h.csv", "start,kind\n" + good + ",pause\n", `h.csv:2: minutes: is missing; a pause has a length`},
		{"a pause of no length", "h.csv", "start,kind,minutes\n" + good + ",pause,0\n", `h.csv:2: minutes: "0" is no length for a pause`},
		{"an ID of words", "h.csv", "start,id\n" + good + ",x\n", `h.csv:2: id: "x" is not a whole number from 1`},
		{"pain of another word", "h.csv", "start,pain\n" + good + ",much\n", `h.csv:2: pain: "much" is neither true nor false`},
		{"another encoding", "h.csv", "start,note\n" + good + ",\xe4\n", `h.csv:2: note: "\xe4" is not UTF-8; save the file as UTF-8`},
		{"too few values", "h.csv", "start,ml\n" + good + "\n", "h.csv:2: 1 values, the header has 2 columns"},
		{"quotes in the middle", "h.csv", "start\n" + good + "\"x\n" + "oops\n",
			"h.csv:2: not CSV: bare \" in non-quoted-field; a quoted value has its quotes doubled: \"a \"\"b\"\" c\"\n" +
				`h.csv:3: start: "oops" is not a time of RFC 3339; write it such as 2026-01-02T03:04:00+01:00`},
		{"all problems at once, by line", "h.csv", "start,kind,ml\nx,feed,y\n" + good + ",pump,1\n" + good + ",pump,z\n",
			`h.csv:2: start: "x" is not a time of RFC 3339; write it such as 2026-01-02T03:04:00+01:00; ` +
				`kind: "feed" is none of pump, power, nurse, hand, skipped, lapsed, skipped_power, lapsed_power, pause; ml: "y" is not a number; write it such as 12.5` +
				"\n" + `h.csv:4: ml: "z" is not a number; write it such as 12.5`},
		{"a line of JSON that is none", "h.jsonl", "{\"start\":\"" + good + "\"}\n{\"start\":\n", "h.jsonl:2: not JSON: unexpected end of JSON input"},
		{"a line of JSON that is no object", "h.jsonl", "[1]", `h.jsonl:1: not a JSON object; a line is such as {"start": "2026-01-02T03:04:00+01:00", "kind": "pump", "minutes": 20}`},
		{"a list for a value", "h.jsonl", `{"start":["x"]}`, "h.jsonl:1: start: a single value is wanted"},
		{"a number for a time", "h.jsonl", `{"start":17}`, `h.jsonl:1: start: "17" is not a time of RFC 3339; write it such as 2026-01-02T03:04:00+01:00`},
		{"a line without end", "h.csv", "start\n" + strings.Repeat("x", lineMax+1), "h.csv:2: a line longer than 64 KiB; is this a history?"},
		{"a line of JSON without end", "h.jsonl", "\n{\"note\":\"" + strings.Repeat("x", lineMax), "h.jsonl:2: a line longer than 64 KiB; is this a history?"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := ReadHistory(c.name, strings.NewReader(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("error\n%v\nwant\n%s", err, c.want)
			}
			if !errors.As(err, new(*HistoryError)) {
				t.Errorf("it is a %T", err)
			}
			if !reflect.DeepEqual(got, HistoryFile{}) {
				t.Errorf("half a history came with it: %+v", got)
			}
		})
	}
}

// endless is one text again and again.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

func TestAnEndlessFileEnds(t *testing.T) {
	row := "2026-01-02T03:04:00+01:00," + strings.Repeat("x", 10_000) + "\n"
	_, err := ReadHistory("h.csv", io.MultiReader(strings.NewReader("start,note\n"), &endless{text: row}))
	if err == nil || !strings.HasSuffix(err.Error(), "the file is larger than 64 MiB; split it") {
		t.Errorf("error %v", err)
	}
	many := "start\n" + strings.Repeat("x\n", 3*problemsMax)
	_, err = ReadHistory("h.csv", strings.NewReader(many))
	var bad *HistoryError
	if !errors.As(err, &bad) || len(bad.Problems) != problemsMax+1 || !strings.HasSuffix(err.Error(), "h.csv: reading stopped after 1000 problems") {
		t.Errorf("%d problems", len(bad.Problems))
	}
}

func TestAForeignHistoryIsReadByAMap(t *testing.T) {
	const text = "Begin,Amount,start\n2026-01-02T03:04:00+01:00,30,never\n"
	columns := Reading{Columns: map[string]string{"start": "Begin", "ml": "Amount"}}
	f, err := ReadForeignHistory("h.csv", strings.NewReader(text), columns)
	if err != nil || len(f.Sessions) != 1 || *f.Sessions[0].ML != 30 || !f.Sessions[0].Start.Equal(threeOClock) {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = ReadForeignHistory("h", strings.NewReader(`{"Begin":"2026-01-02T03:04:00+01:00","Amount":30}`), columns)
	if err != nil || len(f.Sessions) != 1 || *f.Sessions[0].ML != 30 {
		t.Errorf("%+v, %v", f, err)
	}
	_, err = ReadForeignHistory("h.csv", strings.NewReader(text), Reading{Columns: map[string]string{"begin": "Begin"}})
	if err == nil || !strings.HasPrefix(err.Error(), `h.csv: there is no column "begin" to map to; the columns are start, kind`) {
		t.Errorf("error %v", err)
	}
}

func TestSinceIsTheFirstEntryOfAnyKind(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		want       time.Time
	}{
		{"nothing: none", header, time.Time{}},
		{"a pause counts", "start,kind,minutes\n2026-01-03T00:00:00Z,pump,\n2026-01-02T03:04:00+01:00,pause,5\n", threeOClock},
		{"a passed start counts", "start,kind\n2026-01-02T03:04:00+01:00,lapsed\n2026-01-03T00:00:00Z,pump\n", threeOClock},
	} {
		f, err := ReadHistory("h.csv", strings.NewReader(c.text))
		if err != nil {
			t.Fatal(err)
		}
		h := f.History()
		if !h.Since.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.rule, h.Since, c.want)
		}
		if len(h.Sessions) != len(f.Sessions) || len(h.Passed) != len(f.Passed) || len(h.Pauses) != len(f.Pauses) {
			t.Errorf("%s: %+v", c.rule, h)
		}
	}
}

func TestAHistoryIsWrittenByStart(t *testing.T) {
	f, err := ReadHistory("h.csv", strings.NewReader("start,kind,minutes,ml,pain,note,source,id\n"+
		"2026-01-02T05:00:00+01:00,power,22.5,0,true,\"a, b\",cli,3\n"+
		"2026-01-02T03:04:00Z,skipped_power,,,,,,\n2026-01-02T03:04:00+01:00,pause,90,,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	var csv, jsonl bytes.Buffer
	if err := errors.Join(f.WriteCSV(&csv), f.WriteJSONLines(&jsonl)); err != nil {
		t.Fatal(err)
	}
	want := header + "2026-01-02T03:04:00+01:00,pause,90,,,,,,,\n2026-01-02T03:04:00Z,skipped_power,,,,,,,,\n" +
		"2026-01-02T05:00:00+01:00,power,22.5,,,0,true,\"a, b\",cli,3\n"
	if csv.String() != want {
		t.Errorf("CSV\n%s\nwant\n%s", csv.String(), want)
	}
	if want := `{"start":"2026-01-02T03:04:00+01:00","kind":"pause","minutes":90,"left_ml":null,"right_ml":null,"ml":null,"pain":false,"note":"","source":"","id":null}`; !strings.HasPrefix(jsonl.String(), want+"\n") {
		t.Errorf("JSON Lines\n%s\nwant first\n%s", jsonl.String(), want)
	}
}

func FuzzHistoryCSV(f *testing.F) {
	f.Add([]byte(header + "2026-01-02T03:04:00+01:00,nurse,22.5,10,0,12.5,true,\"a\n\"\"b\"\"\",cli,7\n"))
	f.Add([]byte("\ufeffstart;kind\r\n2026-01-02T03:04:00Z;pump"))
	f.Add([]byte("start,kind,minutes\n2026-01-02T03:04:00+01:00,pause,1e3\n2199-12-31T23:59:59Z,lapsed_power,\n"))
	f.Fuzz(func(t *testing.T, b []byte) { readAndWriteBack(t, "h.csv", b) })
}

func FuzzHistoryJSONLines(f *testing.F) {
	f.Add([]byte(`{"start":"2026-01-02T03:04:00+01:00","kind":"nurse","minutes":22.5,"ml":1e-7,"pain":true,"note":"\u0000","id":7}`))
	f.Add([]byte("{}\n[]\nnull\n\"\"\n{\"start\":{}}"))
	f.Fuzz(func(t *testing.T, b []byte) { readAndWriteBack(t, "h.jsonl", b) })
}

// readAndWriteBack holds for any bytes: what is accepted can be written in
// both formats and read again as the same, to the second.
func readAndWriteBack(t *testing.T, name string, b []byte) {
	first, err := ReadHistory(name, bytes.NewReader(b))
	if err != nil {
		if !errors.As(err, new(*HistoryError)) {
			t.Fatalf("%T %v", err, err)
		}
		return
	}
	first.Ignored = nil
	for i := range first.Sessions {
		s := &first.Sessions[i]
		s.Start = cut(s.Start.Truncate(time.Second))
		s.Note, s.Source = strings.ReplaceAll(s.Note, "\r\n", "\n"), strings.ReplaceAll(s.Source, "\r\n", "\n") // CSV has one line end.
	}
	for _, format := range []struct {
		name  string
		write func(HistoryFile, *bytes.Buffer) error
	}{
		{"h.csv", func(f HistoryFile, w *bytes.Buffer) error { return f.WriteCSV(w) }},
		{"h.jsonl", func(f HistoryFile, w *bytes.Buffer) error { return f.WriteJSONLines(w) }},
	} {
		var out bytes.Buffer
		if err := format.write(first, &out); err != nil {
			t.Fatal(err)
		}
		again, err := ReadHistory(format.name, bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v\n%q", format.name, err, out.String())
		}
		if len(again.Sessions) != len(first.Sessions) || len(again.Passed) != len(first.Passed) || len(again.Pauses) != len(first.Pauses) {
			t.Fatalf("%s: %+v came back as %+v", format.name, first, again)
		}
		want := map[string]int{}
		for i := range first.Sessions {
			want[fmt.Sprintf("%+v %v", withoutAmounts(first.Sessions[i]), amount(first.Sessions[i].ML))]++
			want[fmt.Sprintf("%+v %v", withoutAmounts(again.Sessions[i]), amount(again.Sessions[i].ML))]--
		}
		for s, n := range want {
			if n != 0 {
				t.Fatalf("%s: %s differs (%+d)\n%q", format.name, s, n, out.String())
			}
		}
	}
}
