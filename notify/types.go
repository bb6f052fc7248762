package notify

// Types lists every channel type, in the order people are shown them. A new
// channel is its own file and one row here.
func Types() []Type {
	return []Type{
		consoleType(),
		pushoverType(),
		ntfyType(),
		webhookType(),
		webpushType(),
	}
}
