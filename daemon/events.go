package daemon

import "sync"

// news tells everybody who waits that the state has changed.
type news struct {
	mu   sync.Mutex
	next chan struct{}
}

// wait is closed at the next change.
func (n *news) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}

// tell wakes all that wait.
func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// Changed is closed when the state changes the next time.
func (d *Daemon) Changed() <-chan struct{} { return d.news.wait() }
