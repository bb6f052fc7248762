package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheMemoryOfAControlGroup(t *testing.T) {
	for _, c := range []struct {
		rule  string
		files map[string]string
		want  uint64
	}{
		{"one's own limit", map[string]string{
			"proc/self/cgroup": "0::/a.slice/b.service\n", "sys/fs/cgroup/a.slice/b.service/memory.max": "16777216\n"}, 16 << 20},
		{"the one above is tighter", map[string]string{
			"proc/self/cgroup": "0::/a.slice/b.service\n", "sys/fs/cgroup/a.slice/b.service/memory.max": "16777216\n",
			"sys/fs/cgroup/a.slice/memory.max": "8388608\n"}, 8 << 20},
		{"in a container that sees itself as the root", map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "33554432\n"}, 32 << 20},
		{"none", map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 0},
		{"version 1", map[string]string{
			"proc/self/cgroup": "5:cpu:/x\n4:memory:/y\n", "sys/fs/cgroup/memory/y/memory.limit_in_bytes": "12582912\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 12 << 20},
		{"nobody says", nil, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				file := filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				writeFile(t, file, text)
			}
			if got := groupMemory(root); got != c.want {
				t.Errorf("%d bytes; want %d", got, c.want)
			}
		})
	}
}

func TestATightLimitIsNamed(t *testing.T) {
	got := strings.Join(tight([]limit{
		{0, wantsFiles, "open files: this process", "ulimit -n", false}, {wantsFiles, wantsFiles, "open files: this process", "ulimit -n", false},
		{16, wantsFiles, "open files: this process", "ulimit -n", false}, {12 << 20, wantsGroup, "memory: the control group", "MemoryMax=", true},
	}), "\n")
	want := "open files: this process may have 16, and below 32 reminders may stop; raise ulimit -n\n" +
		"memory: the control group may have 12 MiB, and below 24 MiB reminders may stop; raise MemoryMax="
	if got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
}
