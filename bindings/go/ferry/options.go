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

// RequestOption is an option of a request to Filestack.
type RequestOption interface{ ofRequest(*requestSettings) }

// TelestreamRequestOption is an option of a request to Telestream.
type TelestreamRequestOption interface{ ofTelestreamRequest(*callSettings) }

// UploadOption is an option of an upload to Filestack. Each of them is one of a batch too.
type UploadOption interface {
	BatchOption
	ofUpload(*uploadSettings)
}

// BatchOption is an option of [Client.UploadMany] and [Client.NewUploadMany]. [WithFilename], and [WithPath]
// if it names no folder, are for one file: give them to its item.
type BatchOption interface{ ofBatch(*batchSettings) }

// TelestreamUploadOption is an option of an upload to Telestream.
type TelestreamUploadOption interface {
	ofTelestreamUpload(*telestreamUploadSettings)
}

// StoreOption is an option of [Transform.Store].
type StoreOption interface{ ofStore(*storeSettings) }

// CallOption is an option of every call that sends something.
type CallOption interface {
	RequestOption
	TelestreamRequestOption
	UploadOption
	TelestreamUploadOption
	StoreOption
}

// DeadlineOption is an option of clients and of every call that sends something.
type DeadlineOption interface {
	ConnectionOption
	CallOption
}

// SecurityOption is an option of a Filestack client and of every call to Filestack.
type SecurityOption interface {
	ClientOption
	RequestOption
	UploadOption
	StoreOption
}

// LimitOption is an option of clients and of every upload.
type LimitOption interface {
	ConnectionOption
	TransferOption
}

// TransferOption is an option of every upload.
type TransferOption interface {
	UploadOption
	TelestreamUploadOption
}

// PlaceOption says where and how a file is stored, by an upload or by [Transform.Store].
type PlaceOption interface {
	UploadOption
	StoreOption
}

// NameOption is an option of everything that stores a file.
type NameOption interface {
	PlaceOption
	TelestreamUploadOption
}

type clientSettings struct {
	connectionSettings
	security                                           *Security
	storage, cname, uploadURL, cdnURL, apiURL, process string
	skipPolicyChecks                                   bool
}

type telestreamSettings struct {
	connectionSettings
	factory, host, version string
	port                   int
}

// callSettings are those of every call that sends something.
type callSettings struct {
	progress func(Progress) error
	deadline time.Duration
}

type requestSettings struct {
	callSettings
	security *Security
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
	rate              uint64
	sanitize          bool
	single            bool
	durableSettings
}

type batchSettings struct {
	uploadSettings
	onItem func(int, BatchResult) error
}

type telestreamUploadSettings struct {
	callSettings
	filename    string
	concurrency int
	rate        uint64
	protocol    Protocol
	extra       map[string][]string
	durableSettings
}

// durableSettings are those of an upload that outlives its process.
type durableSettings struct {
	journal *string // nil: none
	restart bool
}

type storeSettings struct {
	placeSettings
	base64 bool
}

type clientOption func(*clientSettings)

func (o clientOption) ofClient(s *clientSettings) { o(s) }

type telestreamOption func(*telestreamSettings)

func (o telestreamOption) ofTelestream(s *telestreamSettings) { o(s) }

type callOption func(*callSettings)

func (o callOption) ofRequest(s *requestSettings)                   { o(&s.callSettings) }
func (o callOption) ofTelestreamRequest(s *callSettings)            { o(s) }
func (o callOption) ofUpload(s *uploadSettings)                     { o(&s.callSettings) }
func (o callOption) ofBatch(s *batchSettings)                       { o(&s.callSettings) }
func (o callOption) ofTelestreamUpload(s *telestreamUploadSettings) { o(&s.callSettings) }
func (o callOption) ofStore(s *storeSettings)                       { o(&s.callSettings) }

type deadlineOption struct {
	connectionOption
	callOption
}

type securityOption struct{ security *Security }

func (o securityOption) ofClient(s *clientSettings)   { s.security = o.security }
func (o securityOption) ofRequest(s *requestSettings) { s.security = o.security }
func (o securityOption) ofUpload(s *uploadSettings)   { s.security = o.security }
func (o securityOption) ofBatch(s *batchSettings)     { s.security = o.security }
func (o securityOption) ofStore(s *storeSettings)     { s.security = o.security }

type nameOption string

func (o nameOption) ofUpload(s *uploadSettings)                     { s.filename = string(o) }
func (o nameOption) ofBatch(s *batchSettings)                       { s.filename = string(o) }
func (o nameOption) ofStore(s *storeSettings)                       { s.filename = string(o) }
func (o nameOption) ofTelestreamUpload(s *telestreamUploadSettings) { s.filename = string(o) }

type concurrencyOption int

func (o concurrencyOption) ofUpload(s *uploadSettings) { s.concurrency = o.number() }
func (o concurrencyOption) ofBatch(s *batchSettings)   { s.concurrency = o.number() }
func (o concurrencyOption) ofTelestreamUpload(s *telestreamUploadSettings) {
	s.concurrency = o.number()
}

// number makes 0 an error: in C it is the default.
func (o concurrencyOption) number() int {
	if o == 0 {
		return -1
	}
	return int(o)
}

type rateOption uint64

func (o rateOption) ofClient(s *clientSettings)                     { s.rate = uint64(o) }
func (o rateOption) ofTelestream(s *telestreamSettings)             { s.rate = uint64(o) }
func (o rateOption) ofUpload(s *uploadSettings)                     { s.rate = uint64(o) }
func (o rateOption) ofBatch(s *batchSettings)                       { s.rate = uint64(o) }
func (o rateOption) ofTelestreamUpload(s *telestreamUploadSettings) { s.rate = uint64(o) }

type durableOption func(*durableSettings)

func (o durableOption) ofUpload(s *uploadSettings)                     { o(&s.durableSettings) }
func (o durableOption) ofBatch(s *batchSettings)                       { o(&s.durableSettings) }
func (o durableOption) ofTelestreamUpload(s *telestreamUploadSettings) { o(&s.durableSettings) }

type telestreamUploadOption func(*telestreamUploadSettings)

func (o telestreamUploadOption) ofTelestreamUpload(s *telestreamUploadSettings) { o(s) }

type placeOption func(*placeSettings)

func (o placeOption) ofUpload(s *uploadSettings) { o(&s.placeSettings) }
func (o placeOption) ofBatch(s *batchSettings)   { o(&s.placeSettings) }
func (o placeOption) ofStore(s *storeSettings)   { o(&s.placeSettings) }

type uploadOption func(*uploadSettings)

func (o uploadOption) ofUpload(s *uploadSettings) { o(s) }
func (o uploadOption) ofBatch(s *batchSettings)   { o(&s.uploadSettings) }

type batchOption func(*batchSettings)

func (o batchOption) ofBatch(s *batchSettings) { o(s) }

type storeOption func(*storeSettings)

func (o storeOption) ofStore(s *storeSettings) { o(s) }

// WithSecurity sets a policy and its signature: those of a client for all its calls, or those of one call
// instead of the client's.
func WithSecurity(security *Security) SecurityOption { return securityOption{security} }

// WithProgress reports the progress of a call to report, on the goroutine that made the call: at once, then
// two to ten times a second even if nothing moves, and at 100 %. An error interrupts the call, which returns
// it within a second; a panic does the same. One of the last report is returned too, though the call has
// succeeded by then. An upload that was interrupted can be run again.
func WithProgress(report func(Progress) error) CallOption {
	return callOption(func(s *callSettings) { s.progress = report })
}

// WithDeadline limits the time of a call with all its retries: of every call of a client, or of one call
// instead of the client's limit; for an [Upload], that of each run. A call that takes longer fails with
// [ErrTimeout] within a second. If there is no time left for another attempt, the call returns the error of
// the last one at once, such as [ErrHTTP]. 0 is the default: the client's, or no limit. The deadline of a
// context is independent of it, and fails with the context's error.
func WithDeadline(limit time.Duration) DeadlineOption {
	return deadlineOption{
		connectionOption: func(s *connectionSettings) { s.deadline = limit },
		callOption:       func(s *callSettings) { s.deadline = limit },
	}
}

// request makes the options of a request to Filestack in C.
func (c *call) request(options []RequestOption) *C.ferry_request_options {
	var s requestSettings
	for _, option := range options {
		option.ofRequest(&s)
	}
	return c.requestOptions(&s)
}

// telestreamRequest makes the options of a request to Telestream in C.
func (c *call) telestreamRequest(options []TelestreamRequestOption) *C.ferry_request_options {
	var s requestSettings
	for _, option := range options {
		option.ofTelestreamRequest(&s.callSettings)
	}
	return c.requestOptions(&s)
}

func (c *call) requestOptions(s *requestSettings) *C.ferry_request_options {
	c.progress = s.progress
	with := &C.ferry_request_options{}
	C.ferry_request_options_init(with, C.sizeof_ferry_request_options)
	with.security = c.security(s.security)
	with.deadline_ms = c.milliseconds("deadline", s.deadline)
	with.on_progress, with.user_data = c.watcher()
	return with
}
