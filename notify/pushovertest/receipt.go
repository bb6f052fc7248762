package pushovertest

import (
	"net/http"
	"slices"
	"time"
)

// receiptLife is how long the service keeps receipts.
const receiptLife = 7 * 24 * time.Hour

// find returns the message of a receipt that is still kept; nil: none.
func (s *Server) find(receipt string) *Message {
	for _, m := range s.messages {
		if receipt != "" && m.Receipt == receipt && s.o.Now().Sub(m.At) < receiptLife {
			return m
		}
	}
	return nil
}

// receipt is GET receipts/R.json.
func (s *Server) receipt(receipt string) reply {
	m, now := s.find(receipt), s.o.Now()
	if m == nil {
		return s.refuse(http.StatusNotFound, fields{"receipt": "not found"}, "receipt not found; may be invalid or expired")
	}
	bit := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	stamp := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.Unix()
	}
	ends := m.At.Add(m.Expire)
	if !m.CanceledAt.IsZero() {
		ends = m.CanceledAt
	}
	return s.ok(fields{
		"acknowledged": bit(!m.AcknowledgedAt.IsZero()), "acknowledged_at": stamp(m.AcknowledgedAt),
		"acknowledged_by": m.acknowledgedBy, "acknowledged_by_device": m.acknowledgedDev,
		"last_delivered_at": stamp(m.At.Add(time.Duration(m.Rings(now)-1) * m.Retry)),
		"expired":           bit(!now.Before(ends)), "expires_at": stamp(ends),
		"called_back": 0, "called_back_at": 0,
	})
}

// cancel is POST receipts/R/cancel.json.
func (s *Server) cancel(receipt string) reply {
	m := s.find(receipt)
	if m == nil {
		return s.refuse(http.StatusNotFound, fields{"receipt": "not found"}, "receipt not found; may be invalid or expired")
	}
	if m.CanceledAt.IsZero() {
		m.CanceledAt = s.o.Now()
	}
	return s.ok(fields{})
}

// cancelByTag is POST receipts/cancel_by_tag/TAG.json.
func (s *Server) cancelByTag(tag string) reply {
	n, now := 0, s.o.Now()
	for _, m := range s.messages {
		if slices.Contains(m.Tags, tag) && m.ringing(now) {
			m.CanceledAt = now
			n++
		}
	}
	return s.ok(fields{"canceled": n})
}

// Messages returns every accepted message, in order.
func (s *Server) Messages() []Message {
	return s.some(func(*Message) bool { return true })
}

// Ringing returns the emergencies that would ring again: neither
// acknowledged, nor cancelled, nor expired, nor past their 50 retries.
func (s *Server) Ringing() []Message {
	now := s.o.Now()
	return s.some(func(m *Message) bool { return m.ringing(now) })
}

func (s *Server) some(wanted func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Message
	for _, m := range s.messages {
		if wanted(m) {
			list = append(list, *m)
		}
	}
	return list
}

// Acknowledge is the tap on a phone at the instant at, and tells whether there
// was something to tap: an emergency that is neither acknowledged nor
// cancelled. An expired one still lies on the screen and can be tapped.
func (s *Server) Acknowledge(receipt string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(receipt)
	return m != nil && s.acknowledge(m, at)
}

// AcknowledgeTag acknowledges every emergency with this tag, and says how many there were.
func (s *Server) AcknowledgeTag(tag string, at time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, m := range s.messages {
		if slices.Contains(m.Tags, tag) && s.acknowledge(m, at) {
			n++
		}
	}
	return n
}

func (s *Server) acknowledge(m *Message, at time.Time) bool {
	if m.Priority != 2 || !m.AcknowledgedAt.IsZero() || !m.CanceledAt.IsZero() {
		return false
	}
	s.happened()
	m.AcknowledgedAt, m.acknowledgedBy, m.acknowledgedDev = at, m.User, m.Device
	if m.Device == "" && len(s.o.Devices) > 0 {
		m.acknowledgedDev = s.o.Devices[0]
	}
	return true
}
