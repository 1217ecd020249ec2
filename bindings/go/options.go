package ferry

// #include <ferry.h>
import "C"

import "time"

// ClientOption is an option of [NewClient].
type ClientOption interface{ ofClient(*clientSettings) }

// TelestreamOption is an option of [NewTelestream].
type TelestreamOption interface{ ofTelestream(*telestreamSettings) }

// ConnectionOption is an option of both [NewClient] and [NewTelestream].
type ConnectionOption interface {
	ClientOption
	TelestreamOption
}

// RequestOption is an option of a request.
type RequestOption interface{ ofRequest(*requestSettings) }

// UploadOption is an option of an upload.
type UploadOption interface{ ofUpload(*uploadSettings) }

// TelestreamUploadOption is an option of an upload to Telestream.
type TelestreamUploadOption interface {
	ofTelestreamUpload(*telestreamUploadSettings)
}

// TransferOption is an option of every upload.
type TransferOption interface {
	UploadOption
	TelestreamUploadOption
}

// NameOption is an option of all that stores a file.
type NameOption interface {
	PlaceOption
	TelestreamUploadOption
}

// StoreOption is an option of storing a result.
type StoreOption interface{ ofStore(*storeSettings) }

// PlaceOption says where and how a file is stored, by an upload or by [Transform.Store].
type PlaceOption interface {
	UploadOption
	StoreOption
}

// CallOption is an option of every call that takes time: requests, uploads, storing.
type CallOption interface {
	RequestOption
	UploadOption
	StoreOption
}

// ProgressOption is an option of every call that tells how far it is.
type ProgressOption interface {
	CallOption
	TelestreamUploadOption
}

// SecurityOption is an option of a client and of every call.
type SecurityOption interface {
	ClientOption
	CallOption
}

// connectionSettings are those of both clients.
type connectionSettings struct {
	baseURL                        string
	connect, stall, deadline       time.Duration
	retries                        *int
	proxy, certificates, userAgent string
}

type clientSettings struct {
	connectionSettings
	security                                           *Security
	storage, cname, uploadURL, cdnURL, apiURL, process string
}

type telestreamSettings struct {
	connectionSettings
	factory, host, version string
	port                   int
}

type requestSettings struct {
	security *Security
	progress func(Progress) error
}

type placeSettings struct {
	requestSettings
	filename, location, path, container, region, access string
	workflows                                           []string
}

type uploadSettings struct {
	placeSettings
	mimetype, altText string
	tags              map[string]string
	intelligent       Intelligent
	partSize          int64
	concurrency       int
	sanitize          bool
}

type telestreamUploadSettings struct {
	requestSettings
	filename    string
	concurrency int
	protocol    Protocol
	extra       map[string][]string
}

type storeSettings struct {
	placeSettings
	base64 bool
}

type connectionOption func(*connectionSettings)

func (o connectionOption) ofClient(s *clientSettings)         { o(&s.connectionSettings) }
func (o connectionOption) ofTelestream(s *telestreamSettings) { o(&s.connectionSettings) }

type clientOption func(*clientSettings)

func (o clientOption) ofClient(s *clientSettings) { o(s) }

type telestreamOption func(*telestreamSettings)

func (o telestreamOption) ofTelestream(s *telestreamSettings) { o(s) }

type callOption func(*requestSettings)

func (o callOption) ofRequest(s *requestSettings) { o(s) }
func (o callOption) ofUpload(s *uploadSettings)   { o(&s.requestSettings) }
func (o callOption) ofStore(s *storeSettings)     { o(&s.requestSettings) }

type progressOption func(*requestSettings)

func (o progressOption) ofRequest(s *requestSettings)                   { o(s) }
func (o progressOption) ofUpload(s *uploadSettings)                     { o(&s.requestSettings) }
func (o progressOption) ofStore(s *storeSettings)                       { o(&s.requestSettings) }
func (o progressOption) ofTelestreamUpload(s *telestreamUploadSettings) { o(&s.requestSettings) }

type nameOption string

func (o nameOption) ofUpload(s *uploadSettings)                     { s.filename = string(o) }
func (o nameOption) ofStore(s *storeSettings)                       { s.filename = string(o) }
func (o nameOption) ofTelestreamUpload(s *telestreamUploadSettings) { s.filename = string(o) }

type concurrencyOption int

func (o concurrencyOption) ofUpload(s *uploadSettings) { s.concurrency = o.number() }
func (o concurrencyOption) ofTelestreamUpload(s *telestreamUploadSettings) {
	s.concurrency = o.number()
}

// number is refused where it is 0, which stands for nothing given.
func (o concurrencyOption) number() int {
	if o == 0 {
		return -1
	}
	return int(o)
}

type telestreamUploadOption func(*telestreamUploadSettings)

func (o telestreamUploadOption) ofTelestreamUpload(s *telestreamUploadSettings) { o(s) }

type placeOption func(*placeSettings)

func (o placeOption) ofUpload(s *uploadSettings) { o(&s.placeSettings) }
func (o placeOption) ofStore(s *storeSettings)   { o(&s.placeSettings) }

type uploadOption func(*uploadSettings)

func (o uploadOption) ofUpload(s *uploadSettings) { o(s) }

type storeOption func(*storeSettings)

func (o storeOption) ofStore(s *storeSettings) { o(s) }

type securityOption struct {
	callOption
	clientOption
}

// WithSecurity gives a policy and its signature: to a client for all its calls, or to a call instead of the client's.
func WithSecurity(security *Security) SecurityOption {
	return securityOption{
		callOption:   func(s *requestSettings) { s.security = security },
		clientOption: func(s *clientSettings) { s.security = security },
	}
}

// WithProgress has report called on the goroutine that makes the call: at once, then two to ten times a second even if nothing moves, and at
// 100 %. An error cancels the call and comes out of it, and so does a panic. report must not end its goroutine with [runtime.Goexit], as
// t.FailNow does.
func WithProgress(report func(Progress) error) ProgressOption {
	return progressOption(func(s *requestSettings) { s.progress = report })
}

// WithBaseURL sets one origin for everything, such as a gateway or the local cloud. Plain http is used only to this machine or where such a
// URL asks for it.
func WithBaseURL(url string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.baseURL = url })
}

// WithConnectTimeout limits the time to find the host and reach it; 10 seconds if it is not given.
func WithConnectTimeout(limit time.Duration) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.connect = limit })
}

// WithStallTimeout limits the time without a byte sent or received; 120 seconds if it is not given. No timeout ends a transfer that moves.
func WithStallTimeout(limit time.Duration) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.stall = limit })
}

// WithDeadline limits each call, all retries included. For one call use the deadline of its context.
func WithDeadline(limit time.Duration) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.deadline = limit })
}

// WithMaxRetries sets how often a request or a part is tried again; 10 times if it is not given, 0 is never.
func WithMaxRetries(times int) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.retries = &times })
}

// WithProxy sets an HTTP proxy, such as "http://user:password@proxy.example.com:3128". No environment variable is read.
func WithProxy(url string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.proxy = url })
}

// WithCAFile names a PEM file of certificates to trust beside the public ones.
func WithCAFile(path string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.certificates = path })
}

// WithUserAgent replaces "ferry/VERSION".
func WithUserAgent(name string) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.userAgent = name })
}

// connection sets the options of a connection in C.
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
	return with
}

// request sets the options of a request in C.
func (c *call) request(options []RequestOption) *C.ferry_request_options {
	var s requestSettings
	for _, option := range options {
		option.ofRequest(&s)
	}
	c.progress = s.progress
	with := &C.ferry_request_options{}
	C.ferry_request_options_init(with, C.sizeof_ferry_request_options)
	with.security = c.security(s.security)
	with.deadline_ms = c.deadline
	with.on_progress, with.user_data = c.watcher()
	return with
}
