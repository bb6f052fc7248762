package journal

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"nightbell/planner"
)

func berlin(tb testing.TB) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// shown is a session as the tables below write it.
func shown(s Session) string {
	parts := []string{s.Start.UTC().Format("2006-01-02T15:04:05Z"), string(s.Kind), minutesText(s.Length),
		amountText(s.LeftML), amountText(s.RightML), amountText(s.ML), s.Note}
	return strings.TrimRight(strings.Join(parts, " "), " ")
}

func TestFilesOfOtherProgramsThatCanBeRead(t *testing.T) {
	const threeAM = "2026-01-02T02:04:00Z pump"
	for _, c := range []struct {
		rule, text, want string
		how              Reading
	}{
		{"a time without a zone is meant in the routine's", "start\n2026-01-02 03:04\n", threeAM, Reading{}},
		{"with seconds", "start\n2026-01-02T03:04:05\n", "2026-01-02T02:04:05Z pump", Reading{}},
		{"a zone that is there counts", "start\n2026-01-02 03:04:00+00:00\n", "2026-01-02T03:04:00Z pump", Reading{}},
		{"a zone without a colon", "start\n2026-01-02T03:04:00+0200\n", "2026-01-02T01:04:00Z pump", Reading{}},
		{"dots mean the day first", "start\n2.1.2026 03:04\n", threeAM, Reading{}},
		{"a comma before the time", "start\n\"02.01.2026, 03:04\"\n", threeAM, Reading{}},
		{"a day after the 12th leaves no choice", "start\n1/13/2026 3:04 am\n", "2026-01-13T02:04:00Z pump", Reading{}},
		{"the day first, when that is said", "start\n2/1/2026 03:04\n", threeAM, Reading{Dates: DayFirst}},
		{"the month first, when that is said", "start\n1/2/2026 3:04 AM\n", threeAM, Reading{Dates: MonthFirst}},
		{"the same day both ways", "start\n2/2/2026 03:04\n", "2026-02-02T02:04:00Z pump", Reading{}},
		{"a month in words", "start\n\"Jan 2, 2026 3:04 AM\"\n", threeAM, Reading{}},
		{"seconds since 1970", "start\n1767319440\n", threeAM, Reading{}},
		{"milliseconds since 1970", "start\n1767319440000\n", threeAM, Reading{}},
		{"an hour that comes twice is the first one", "start\n2026-10-25 02:30\n", "2026-10-25T00:30:00Z pump", Reading{}},
		{"an hour that is skipped is its end", "start\n2026-03-29 02:30\n", "2026-03-29T01:00:00Z pump", Reading{}},
		{"a semicolon between the values", "start;ml\n2026-01-02 03:04;12,5\n", threeAM + "    12.5", Reading{}},
		{"a tab between the values", "start\tml\n2026-01-02 03:04\t12.5\n", threeAM + "    12.5", Reading{}},
		{"a map", "Begin,Amount\n2026-01-02 03:04,60\n", threeAM + "    60", Reading{Columns: map[string]string{"start": "Begin", "ml": "Amount"}}},
		{"what another program calls id and source is not ours", "start,id,source,x\n2026-01-02 03:04,A-7,app,3\n", threeAM + "    3",
			Reading{Columns: map[string]string{"ml": "x"}}},
		{"a date and a time of their own", "Day,Time\n2026-01-02,03:04\n", threeAM, Reading{Columns: map[string]string{"date": "Day", "start": "Time"}}},
		{"an end gives the minutes", "start,Until\n2026-01-02 03:04,2026-01-02 03:26:30\n", threeAM + " 22.5", Reading{Columns: map[string]string{"end": "Until"}}},
		{"an end after midnight", "Day,From,To\n2026-01-01,23:50,00:10\n", "2026-01-01T22:50:00Z pump 20",
			Reading{Columns: map[string]string{"date": "Day", "start": "From", "end": "To"}}},
		{"minutes count before an end", "start,minutes,Until\n2026-01-02 03:04,5,2026-01-02 03:26\n", threeAM + " 5", Reading{Columns: map[string]string{"end": "Until"}}},
		{"minutes with their word", "start,minutes\n2026-01-02 03:04,20 min\n", threeAM + " 20", Reading{}},
		{"a length as hours, minutes and seconds", "start,minutes\n2026-01-02 03:04,0:22:30\n", threeAM + " 22.5", Reading{}},
		{"ounces", "start,Oz\n2026-01-02 03:04,2\n", threeAM + "    59.1", Reading{Columns: map[string]string{"oz": "Oz"}}},
		{"ounces of a side", "start,L\n2026-01-02 03:04,1.5\n", threeAM + "  44.4", Reading{Columns: map[string]string{"left_oz": "L"}}},
		{"a unit beside the number", "start,ml,right_ml\n2026-01-02 03:04,2 oz,60ml\n", threeAM + "   60 59.1", Reading{}},
		{"a column with the unit", "start,ml,U\n2026-01-02 03:04,2,fl_oz\n", threeAM + "    59.1", Reading{Columns: map[string]string{"unit": "U"}}},
		{"a kind in capitals", "start,kind\n2026-01-02 03:04,Nurse\n", "2026-01-02T02:04:00Z nurse", Reading{}},
		{"Baby Buddy's export is recognised", "id,child_id,child_first_name,child_last_name,amount,start,end,notes,tags\n" +
			"7,1,A,B,55.5,2026-01-02 03:04:00,2026-01-02 03:24:00,both,\n", threeAM + " 20   55.5 both", Reading{}},
		{"Baby Buddy's older export has one time", "child_id,amount,time\n1,100.2,2026-01-02 03:04:00\n", threeAM + "    100.2", Reading{}},
		{"Baby Buddy's newer export says the unit", "id,child_id,amount,amount_unit,start,end\n1,1,2,oz,2026-01-02 03:04:00,2026-01-02 03:14:00\n", threeAM + " 10   59.1", Reading{}},
		{"else its amounts are in the person's unit", "id,child_id,amount,start,end\n1,1,2,2026-01-02 03:04:00,2026-01-02 03:14:00\n", threeAM + " 10   59.1", Reading{Unit: "oz"}},
		{"a map counts before what is recognised", "child_id,amount,start\n1,2,2026-01-02 03:04\n", threeAM + "  2", Reading{Columns: map[string]string{"left_ml": "amount"}}},
		{"the format can be said", `{"start": "2026-01-02 03:04"}`, threeAM, Reading{Format: FormatJSONLines}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.how.Zone = berlin(t)
			f, err := ReadForeignHistory("h.csv", strings.NewReader(c.text), c.how)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Sessions) != 1 || shown(f.Sessions[0]) != c.want || f.Sessions[0].ID != 0 || f.Sessions[0].Source != "" {
				t.Errorf("got %v, want %q", f.Sessions, c.want)
			}
		})
	}
}

func TestFilesOfOtherProgramsThatAreRefused(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule, text, want string
		how              Reading
	}{
		{"a date of two meanings", "start\n3/4/2026 03:04\n",
			`h.csv:2: start: "3/4/2026 03:04" could be 3 April or 4 March; say which with --dates dmy (the day first) or --dates mdy`, Reading{}},
		{"no time at all", "start\nsoon\n", `h.csv:2: start: "soon" is not a time of RFC 3339; write it such as 2026-01-02T03:04:00+01:00`, Reading{}},
		{"an end before the start", "start,E\n2026-01-02 03:04,2026-01-02 03:00\n", `h.csv:2: end: "2026-01-02 03:00" lies before the start`, Reading{Columns: map[string]string{"end": "E"}}},
		{"an end that is none", "start,E\n2026-01-02 03:04,later\n", `h.csv:2: end: "later" is not a time; write it such as 2026-01-02T03:04:00+01:00`, Reading{Columns: map[string]string{"end": "E"}}},
		{"a unit that is none", "start,ml,U\n2026-01-02 03:04,2,cups\n", `h.csv:2: ml: the unit "cups" is neither ml nor oz`, Reading{Columns: map[string]string{"unit": "U"}}},
		{"a column that is not there", "Begin,Amt\n2026-01-02 03:04,2\n", `h.csv:1: there is no column "Amount"; the columns are Begin, Amt`, Reading{Columns: map[string]string{"ml": "Amount"}}},
		{"a name that is none of ours", "start\n", `h.csv: there is no column "volume" to map to; the columns are start, kind, minutes, left_ml, right_ml, ml, pain, note, source, id, date, end, oz, left_oz, right_oz, unit`,
			Reading{Columns: map[string]string{"volume": "Amount"}}},
		{"another export of Baby Buddy", "id,child_id,start,end,type,method,amount\n1,1,2026-01-02 03:04:00,2026-01-02 03:14:00,breast milk,bottle,50\n",
			"h.csv:1: this is an export of Baby Buddy, but not that of its pumping entries; in its Database Admin choose Pumping, then Export, csv", Reading{}},
		{"a workbook", "PK\x03\x04rest", "h.csv: this is a workbook of a spreadsheet; save or export it as CSV", Reading{}},
		{"a session of the future", "start\n2026-01-02T13:30:00Z\n", "h.csv:2: start: 2026-01-02T13:30:00Z lies in the future; a session is logged once it has begun", Reading{Latest: noon}},
		{"a passed start of the future", "start,kind\n2026-01-02T13:30:00Z,lapsed\n", "h.csv:2: start: 2026-01-02T13:30:00Z lies in the future; a session is logged once it has begun", Reading{Latest: noon}},
		{"what the caller does not take, by line", "start,ml\n2026-01-02T03:04:00Z,1\n2026-01-02T05:04:00Z,9\n", "h.csv:3: too much",
			Reading{Check: func(s Session) error {
				if *s.ML > 5 {
					return errors.New("too much")
				}
				return nil
			}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.how.Zone = berlin(t)
			f, err := ReadForeignHistory("h.csv", strings.NewReader(c.text), c.how)
			if err == nil || err.Error() != c.want {
				t.Errorf("error\n%v\nwant\n%s", err, c.want)
			}
			if len(f.Sessions) > 0 {
				t.Errorf("half a history came with it: %+v", f)
			}
		})
	}
}

// A pause that begins in the future is a wish, and may come from an export.
func TestAPauseAheadIsTaken(t *testing.T) {
	f, err := ReadForeignHistory("h.csv", strings.NewReader("start,kind,minutes\n2026-01-02T23:00:00Z,pause,480\n"),
		Reading{Zone: berlin(t), Latest: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)})
	if err != nil || len(f.Pauses) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

func FuzzForeignHistory(f *testing.F) {
	f.Add([]byte("id,child_id,amount,start,end,notes\n1,1,2.5,2026-01-02 03:04:00,2026-01-02 03:14:00,x\n"))
	f.Add([]byte("start;ml\n1/2/2026 3:04 PM;1,5 oz\n"))
	f.Add([]byte("start,minutes\n1767319440,0:20:00\n"))
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ReadForeignHistory("h.csv", strings.NewReader(string(b)), Reading{Zone: zone})
		if err != nil && !errors.As(err, new(*HistoryError)) {
			t.Fatalf("%T %v", err, err)
		}
		for _, s := range got.Sessions {
			if s.Start.IsZero() || s.Length < 0 || !finite(s.ML) {
				t.Fatalf("took %+v", s)
			}
		}
	})
}

func TestKnownIsWhatStandsByEveryStartItHad(t *testing.T) {
	hour := func(h int) time.Time { return time.Date(2026, 1, 2, h, 0, 0, 0, time.UTC) }
	j, err := OpenFolder(t.Context(), t.TempDir(), Options{Now: at(noon)})
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, j)
	for _, b := range []Batch{
		{Changes: []Change{{ID: 1, At: hour(1)}, {ID: 2, At: hour(1)}},
			Sessions: []Session{
				{ID: 1, Start: hour(3), Kind: planner.Pump, Change: 1, Removed: 2},           // edited by 2
				{ID: 1, Start: hour(4), Kind: planner.Pump, Change: 2},                       // as it is now
				{ID: 2, Start: hour(4).Add(400e6), Kind: planner.Pump, Change: 1},            // the same second
				{ID: 3, Start: hour(5), Kind: planner.Nurse, Change: 1, Removed: 2},          // deleted
				{ID: 4, Start: hour(6), Kind: planner.Pump, Note: "x", Change: 1},            //
				{ID: 4, Start: hour(6), Kind: planner.Pump, Note: "", Change: 2, Removed: 1}, // twice at one start
			},
			Passed: []Passed{{At: hour(7), Skipped: true, Change: 1}, {At: hour(8), Change: 1, Removed: 2}},
			Pauses: []Pause{{From: hour(9), To: hour(10), Change: 1}},
		},
	} {
		if err := j.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	k, err := j.Known(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule string
		got  int
		want int
	}{
		{"the start before an edit", k.Sessions[SessionKey{hour(3).Unix(), planner.Pump}], 1},
		{"two sessions of one second", k.Sessions[SessionKey{hour(4).Unix(), planner.Pump}], 2},
		{"a deleted one is not known", k.Sessions[SessionKey{hour(5).Unix(), planner.Nurse}], 0},
		{"one of two versions at one start counts once", k.Sessions[SessionKey{hour(6).Unix(), planner.Pump}], 1},
		{"a passed start", k.Passed[PassedKey{At: hour(7).Unix(), Skipped: true}], 1},
		{"one that was taken back is not", k.Passed[PassedKey{At: hour(8).Unix()}], 0},
		{"a pause", k.Pauses[PauseKey{hour(9).Unix(), hour(10).Unix()}], 1},
		{"every number there ever was", len(k.IDs), 4},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.rule, c.got, c.want)
		}
	}
}
