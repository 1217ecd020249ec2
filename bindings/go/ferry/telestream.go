package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"encoding/json"
	"time"
)

// Telestream is a Telestream Cloud account and its connections. It may be used by any number of goroutines at
// once. Every request is signed anew each time it is sent.
type Telestream struct {
	account *owned[*C.ferry_telestream]
}

// NewTelestream makes a client for an account of API 3.0 with these keys. Nothing is sent, and the secret key
// is not kept as it is.
func NewTelestream(accessKey, secretKey string, options ...TelestreamOption) (*Telestream, error) {
	call := begin(context.Background())
	defer call.end()
	access, secret := call.text("access key", accessKey), call.text("secret key", secretKey)
	with := call.telestream(options)
	return call.account(func(out **C.ferry_telestream, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_new(access, secret, with, out, err)
	})
}

// NewTelestreamWithAPIKey makes a client for an account of API 3.1, whose one key goes with every request;
// nothing is signed. The default host is "api.cloud.telestream.net", the default version "3.1". Nothing is
// sent.
func NewTelestreamWithAPIKey(apikey string, options ...TelestreamOption) (*Telestream, error) {
	call := begin(context.Background())
	defer call.end()
	key, with := call.text("apikey", apikey), call.telestream(options)
	return call.account(func(out **C.ferry_telestream, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_new_with_apikey(key, with, out, err)
	})
}

// account makes a call that gives a client.
func (c *call) account(
	run func(out **C.ferry_telestream, err **C.ferry_error) C.ferry_status,
) (*Telestream, error) {
	var account *C.ferry_telestream
	if err := c.do(func(err **C.ferry_error) C.ferry_status { return run(&account, err) }); err != nil {
		return nil, err
	}
	return &Telestream{own(account, func(t *C.ferry_telestream) { C.ferry_telestream_free(t) })}, nil
}

// Close frees the client once no call uses it.
func (t *Telestream) Close() error { return t.account.close() }

// WithFactory sets the factory of [Telestream.Factory] with the id "".
func WithFactory(id string) TelestreamOption {
	return telestreamOption(func(s *telestreamSettings) { s.factory = id })
}

// WithAPIHost sets the API host of the account's region. The default is "api-gce.pandastream.com"; see
// also [NewTelestreamWithAPIKey]. It is part of every signature, unless [WithBaseURL] takes its place.
func WithAPIHost(host string) TelestreamOption {
	return telestreamOption(func(s *telestreamSettings) { s.host = host })
}

// WithAPIPort sets the port. The default is 443. The protocol is https whatever the port.
func WithAPIPort(port int) TelestreamOption {
	return telestreamOption(func(s *telestreamSettings) { s.port = port })
}

// WithAPIVersion sets the version in the paths. The default is "3.0".
func WithAPIVersion(version string) TelestreamOption {
	return telestreamOption(func(s *telestreamSettings) { s.version = version })
}

// telestream sets the options of a client in C.
func (c *call) telestream(options []TelestreamOption) *C.ferry_telestream_options {
	var s telestreamSettings
	for _, option := range options {
		option.ofTelestream(&s)
	}
	with := &C.ferry_telestream_options{}
	C.ferry_telestream_options_init(with, C.sizeof_ferry_telestream_options)
	with.factory_id = c.optional("factory", s.factory)
	with.api_host = c.optional("API host", s.host)
	with.api_port = c.number("API port", s.port)
	with.api_version = c.optional("API version", s.version)
	with.base_url = c.optional("base URL", s.baseURL)
	with.connection = c.connection(&s.connectionSettings)
	return with
}

// SignedParams signs a request that somebody else sends, such as a browser that must not know the secret
// key. It returns params as they were given, and "factory_id" (if there is one), "access_key", "timestamp"
// and "signature". method is GET, POST, PUT or DELETE; path begins after the version, such as
// "/videos.json". at is the time of the signature, usually the zero time: now. "file" is not signed. True
// and false are signed as True and False and must be sent so. An object under "pipeline" becomes a text. It
// is [ErrInvalidState] for a client with an API key.
func (t *Telestream) SignedParams(method, path string, params Params, at time.Time) (Params, error) {
	call := begin(context.Background())
	defer call.end()
	account, verb, resource := lend(call, t.account), call.text("method", method), call.text("path", path)
	fields, when := call.json("params", params), call.optional("timestamp", timestamp(at))
	text, err := call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_signed_params(account, verb, resource, fields, when, out, err)
	})
	if err != nil {
		return nil, err
	}
	var signed Params
	return signed, decode(json.RawMessage(text), &signed)
}

// timestamp is a time as the vendor's clients write it; "" for the zero time.
func timestamp(at time.Time) string {
	switch at = at.UTC().Truncate(time.Microsecond); {
	case at.IsZero():
		return ""
	case at.Nanosecond() == 0:
		return at.Format("2006-01-02T15:04:05-07:00")
	}
	return at.Format("2006-01-02T15:04:05.000000-07:00")
}

// Request sends a request that has no method of its own, and returns the whole response. method is GET, POST,
// PUT or DELETE, for a client with an API key also PATCH. path begins after the version, such as
// "/encodings/count.json". params may be nil. True and false are sent as True and False: write "true" as a
// text where the service wants that. One level of objects is taken, and no list but "profiles".
//
// A GET is sent again as often as the client says, PUT, PATCH and DELETE twice at most, a POST only if it has
// surely not arrived. A status that is not 2xx is [ErrHTTP].
func (t *Telestream) Request(
	ctx context.Context, method, path string, params Params, options ...TelestreamRequestOption,
) (*Response, error) {
	call := begin(ctx)
	defer call.end()
	account, verb, resource := lend(call, t.account), call.text("method", method), call.text("path", path)
	fields, with := call.json("params", params), call.telestreamRequest(options)
	return call.response(func(out **C.ferry_response, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_request(account, verb, resource, fields, with, out, err)
	})
}
