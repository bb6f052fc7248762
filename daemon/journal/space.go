package journal

// Free is the room for a journal in dir, in bytes, as somebody has it who is
// not root.
func Free(dir string) (uint64, error) { return freeBytes(dir) }
