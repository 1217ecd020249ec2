package ferry

// #include <ferry.h>
import "C"

import "time"

// Trust is which certificate authorities a client trusts.
type Trust int32

// The certificate authorities to trust.
const (
	TrustPublic Trust = C.FERRY_TRUST_PUBLIC // Mozilla's list, which is built into the library
	TrustSystem Trust = C.FERRY_TRUST_SYSTEM // those that the system trusts
)

// String returns the word for the authorities.
func (t Trust) String() string { return wordOf(int32(t), "public", "system") }

// Manners is how the connections of a client share a line with other traffic.
type Manners int32

// How to share a line.
const (
	MannersFair       Manners = C.FERRY_MANNERS_FAIR       // as any other connections do
	MannersBackground Manners = C.FERRY_MANNERS_BACKGROUND // what is sent yields to other traffic
)

// String returns the word for the manners.
func (m Manners) String() string { return wordOf(int32(m), "fair", "background") }

// connectionSettings are those of both clients.
type connectionSettings struct {
	baseURL                        string
	connect, stall, deadline       time.Duration
	retries                        *int
	proxy, certificates, userAgent string
	trust                          Trust
	manners                        Manners
	rate                           uint64
	congestion                     string
	onEvent                        func(Event)
}

type connectionOption func(*connectionSettings)

func (o connectionOption) ofClient(s *clientSettings)         { o(&s.connectionSettings) }
func (o connectionOption) ofTelestream(s *telestreamSettings) { o(&s.connectionSettings) }

// WithBaseURL sets one origin for everything, such as a gateway or the local cloud. Plain http is used only
// to this machine or where such a URL asks for it.
func WithBaseURL(url string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.baseURL = url })
}

// WithConnectTimeout limits the time to find the host and to connect to it. The default is 10 seconds.
func WithConnectTimeout(limit time.Duration) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.connect = limit })
}

// WithStallTimeout limits the time without a byte sent or received. The default is 120 seconds. A transfer
// that moves is never ended, however slow it is; for that there is [WithDeadline].
func WithStallTimeout(limit time.Duration) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.stall = limit })
}

// WithMaxRetries sets how often a request or a part is sent again. The default is 10; 0 is never.
func WithMaxRetries(times int) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.retries = &times })
}

// WithProxy sets an HTTP proxy, such as "http://user:password@proxy.example.com:3128". Without it, and
// without [WithProxyFromEnvironment], no proxy is used, and no environment variable is read for one.
func WithProxy(url string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.proxy = url })
}

// WithProxyFromEnvironment takes the proxy from the environment when the client is made, as curl does:
// http_proxy for http, https_proxy or HTTPS_PROXY for https, all_proxy or ALL_PROXY for both. Hosts in
// no_proxy or NO_PROXY are reached directly. The library reads the environment of the process: what
// [os.Setenv] sets counts too.
func WithProxyFromEnvironment() ConnectionOption { return WithProxy(C.FERRY_PROXY_FROM_ENVIRONMENT) }

// WithTrust chooses the certificate authorities to trust. The default is [TrustPublic].
func WithTrust(trust Trust) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.trust = trust })
}

// WithCAFile names a PEM file with certificates to trust beside those of [WithTrust].
func WithCAFile(path string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.certificates = path })
}

// WithUserAgent sets the User-Agent of every request. The default is "ferry/" and the version.
func WithUserAgent(name string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.userAgent = name })
}

// WithManners chooses how the client's connections share a line with other traffic. The default is
// [MannersFair]. With [MannersBackground] making the client fails with [ErrInvalidArgument] where the system
// does not tell the round trip of a connection; Linux does.
func WithManners(manners Manners) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.manners = manners })
}

// WithCongestion names how the kernel controls congestion on the client's connections, such as "bbr" or
// "cubic". Making the client fails with [ErrInvalidArgument], which lists what is permitted, if this is not.
// The default is the system's.
func WithCongestion(algorithm string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.congestion = algorithm })
}

// connection makes the options of a connection in C.
func (c *call) connection(s *connectionSettings) *C.ferry_connection_options {
	with := &C.ferry_connection_options{}
	c.pinner.Pin(with)
	C.ferry_connection_options_init(with, C.sizeof_ferry_connection_options)
	with.connect_timeout_ms = c.milliseconds("connect timeout", s.connect)
	with.stall_timeout_ms = c.milliseconds("stall timeout", s.stall)
	with.deadline_ms = c.milliseconds("deadline", s.deadline)
	if s.retries != nil {
		with.max_retries = c.number("max retries", *s.retries)
		if *s.retries == 0 {
			with.max_retries = C.FERRY_NO_RETRIES
		}
	}
	with.proxy = c.optional("proxy", s.proxy)
	with.ca_file = c.optional("CA file", s.certificates)
	with.user_agent = c.optional("user agent", s.userAgent)
	with.trust = C.int32_t(s.trust)
	with.manners = C.int32_t(s.manners)
	with.bytes_per_second = C.uint64_t(s.rate)
	with.congestion = c.optional("congestion", s.congestion)
	c.events(with, s.onEvent)
	return with
}
