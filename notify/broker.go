package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

// BrokerSettings are what a Broker takes in the configuration.
func BrokerSettings() []Setting {
	return []Setting{
		{Key: "broker", Kind: Text, Required: true, Example: brokerExample},
		{Key: "user", Kind: Text, Example: "nightbell"},
		{Key: "password", Kind: Text, Secret: true, Example: "${MQTT_PASSWORD}"},
		{Key: "ca", Kind: Text, Secret: true, Example: "the text of a certificate"}, // no secret, but a file: ca_file
		{Key: "insecure_mqtt", Kind: Flag, Example: "false"},
	}
}

const (
	brokerExample = "mqtts://broker.local:8883"
	brokerDoing   = "talking to the MQTT broker"
	// brokerKeepAlive is how long a silent line may be dead unnoticed, in
	// seconds; chosen because Home Assistant itself asks for 60.
	brokerKeepAlive = 60
	// brokerPacket bounds a packet that a broker may send, in bytes: a request
	// has fewer than 20.
	brokerPacket = 64 << 10
	// brokerWaiting bounds the messages that wait to be heard: taps of a
	// person, so more than a few are none.
	brokerWaiting = 16
)

// The first pause before a broker is tried again and the longest one: it is
// often the machine next to this one, restarting.
const (
	brokerRetryFirst = time.Second
	brokerRetryMost  = time.Minute
)

// ErrNoBroker is that the broker is not connected now. What was to be told is
// told by Up once it is.
var ErrNoBroker = errors.New("the MQTT broker is not connected")

// Broker is an MQTT 5 broker: it is told how things stand and hands on what
// others ask for. It is safe for concurrent use.
type Broker struct {
	scrubber
	address  *url.URL
	user     string
	password string
	trust    *x509.CertPool // nil: the system's
	pace     Pace
	line     atomic.Pointer[autopaho.ConnectionManager] // nil: not connected
}

// Told is one message of a broker, either way.
type Told struct {
	Topic string
	Text  string
	Keep  bool // retained: whoever comes later hears it too
}

// BrokerUse is what a Broker is used for.
type BrokerUse struct {
	ID    string      // the client's, one for each journal
	Last  Told        // what the broker says when the line breaks, and the last word otherwise
	Hear  []string    // the topics to hear
	Up    func()      // called when a connection stands, each time; tells all there is to tell
	Heard func(Told)  // called for each message, one after the other; a retained one is old
	Down  func(error) // called when there is no connection, with the reason; often
}

// OpenBroker makes one of valid settings. It does no I/O.
func OpenBroker(v Values, t Tools) (*Broker, []Problem) {
	text, _ := v["broker"].(string)
	insecure, _ := v["insecure_mqtt"].(bool)
	b := &Broker{pace: t.Pace.withDefaults()}
	b.user, _ = v["user"].(string)
	b.password, _ = v["password"].(string)
	b.scrubber = newScrubber("", b.password, "[password]")
	var problems []Problem
	wrong := func(key, text string) { problems = append(problems, Problem{Key: key, Text: text}) }
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts":
		wrong("broker", "is not the address of a broker; write "+brokerExample+", or mqtt:// for one on this machine")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		wrong("broker", "holds more than scheme, host and port; write "+brokerExample+", and user: and password: beside it")
	case u.Scheme == "mqtt" && !insecure && !loopback(u.Hostname()):
		wrong("broker", fmt.Sprintf("plain mqtt to %s would show the log and the password to anyone on the way; write mqtts://, or insecure_mqtt: true", u.Hostname()))
	default:
		b.address = &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(u.Hostname(), brokerPort(u))}
	}
	if b.password != "" && b.user == "" {
		wrong("user", "is not set, and the password is of no use without it")
	}
	if pem, _ := v["ca"].(string); pem != "" {
		b.trust = x509.NewCertPool()
		if !b.trust.AppendCertsFromPEM([]byte(pem)) {
			wrong("ca", "holds no certificate; it begins with -----BEGIN CERTIFICATE-----")
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return b, nil
}

// brokerPort is the port of an address, by default MQTT's registered one (IANA).
func brokerPort(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "mqtts":
		return "8883"
	}
	return "1883"
}

// Serve connects, and connects again, until ctx ends; then it says the last
// word and hangs up. Nothing of it waits for a person or for a reminder. The
// error is that of settings the library refuses.
func (b *Broker) Serve(ctx context.Context, use BrokerUse) error {
	heard := make(chan Told, brokerWaiting)
	up := make(chan struct{}, 1)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	line, err := autopaho.NewConnection(life, b.config(use, heard, up))
	if err != nil {
		return b.failure(Refused, brokerDoing, err)
	}
	for {
		select {
		case <-ctx.Done():
			b.hangUp(life, line, use.Last)
			return nil
		case <-up:
			b.line.Store(line)
			if err := b.hear(ctx, line, use.Hear); err != nil {
				use.Down(err)
				continue
			}
			use.Up()
		case m := <-heard:
			use.Heard(m)
		}
	}
}

func (b *Broker) config(use BrokerUse, heard chan<- Told, up chan<- struct{}) autopaho.ClientConfig {
	return autopaho.ClientConfig{
		ServerUrls: []*url.URL{b.address}, TlsCfg: &tls.Config{RootCAs: b.trust, MinVersion: tls.VersionTLS12},
		KeepAlive: brokerKeepAlive, CleanStartOnInitialConnection: true, // what was asked while nobody listened is over
		ReconnectBackoff: autopaho.NewExponentialBackoff(brokerRetryFirst, brokerRetryMost, 2*brokerRetryFirst, 2),
		ConnectTimeout:   b.pace.Request,
		ConnectUsername:  b.user, ConnectPassword: []byte(b.password),
		WillMessage: &paho.WillMessage{Topic: use.Last.Topic, Payload: []byte(use.Last.Text), QoS: 1, Retain: use.Last.Keep},
		ConnectPacketBuilder: func(c *paho.Connect, _ *url.URL) (*paho.Connect, error) {
			if c.Properties == nil {
				c.Properties = &paho.ConnectProperties{}
			}
			most := uint32(brokerPacket)
			c.Properties.MaximumPacketSize = &most
			return c, nil
		},
		OnConnectionUp: func(*autopaho.ConnectionManager, *paho.Connack) {
			select {
			case up <- struct{}{}:
			default:
			}
		},
		OnConnectionDown: func() bool {
			b.line.Store(nil)
			use.Down(b.failure(Unreached, brokerDoing, errors.New("the line broke")))
			return true
		},
		OnConnectError: func(err error) { use.Down(b.connecting(err)) },
		ClientConfig: paho.ClientConfig{
			ClientID:      use.ID,
			PacketTimeout: b.pace.Request,
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(m paho.PublishReceived) (bool, error) {
				select {
				case heard <- Told{Topic: m.Packet.Topic, Text: string(m.Packet.Payload), Keep: m.Packet.Retain}:
				default: // more at once than a person taps
				}
				return true, nil
			}},
		},
	}
}

// connecting is why no connection came about, with the way out.
func (b *Broker) connecting(err error) error {
	var refused *autopaho.ConnackError
	if errors.As(err, &refused) {
		text := fmt.Sprintf("it refuses the connection (reason 0x%02X)", refused.ReasonCode)
		switch refused.ReasonCode {
		case 0x86, 0x87: // MQTT 5, 3.2.2.2: bad user name or password; not authorized
			text = "it refuses the user and password; compare them with the broker's"
		case 0x84: // unsupported protocol version
			text = "it does not speak MQTT 5; mosquitto does from 1.6 on"
		}
		return b.failure(Refused, brokerDoing, errors.New(text))
	}
	return b.failure(Unreached, brokerDoing, err)
}

func (b *Broker) hear(ctx context.Context, line *autopaho.ConnectionManager, topics []string) error {
	ask := &paho.Subscribe{}
	for _, topic := range topics {
		ask.Subscriptions = append(ask.Subscriptions, paho.SubscribeOptions{Topic: topic, QoS: 1})
	}
	ctx, cancel := context.WithTimeout(ctx, b.pace.Request)
	defer cancel()
	if _, err := line.Subscribe(ctx, ask); err != nil {
		return b.failure(Unreached, brokerDoing, fmt.Errorf("asking for %s: %w", strings.Join(topics, ", "), err))
	}
	return nil
}

// Tell has the broker take a message, within a request's time; ErrNoBroker
// when none is connected.
func (b *Broker) Tell(ctx context.Context, m Told) error {
	line := b.line.Load()
	if line == nil {
		return ErrNoBroker
	}
	ctx, cancel := context.WithTimeout(ctx, b.pace.Request)
	defer cancel()
	if _, err := line.Publish(ctx, &paho.Publish{Topic: m.Topic, Payload: []byte(m.Text), QoS: 1, Retain: m.Keep}); err != nil {
		return b.failure(Unreached, brokerDoing, fmt.Errorf("telling %s: %w", m.Topic, err))
	}
	return nil
}

// goodbyeWithin bounds the last word: the daemon's own end waits for it.
const goodbyeWithin = time.Second

func (b *Broker) hangUp(ctx context.Context, line *autopaho.ConnectionManager, last Told) {
	ctx, cancel := context.WithTimeout(ctx, goodbyeWithin)
	defer cancel()
	if b.line.Load() != nil {
		_, _ = line.Publish(ctx, &paho.Publish{Topic: last.Topic, Payload: []byte(last.Text), QoS: 1, Retain: last.Keep})
	}
	b.line.Store(nil)
	_ = line.Disconnect(ctx) // without a word the broker says the last one itself
}
