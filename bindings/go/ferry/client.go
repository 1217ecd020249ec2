package ferry

// #include <ferry.h>
import "C"

import "context"

// Client is a Filestack account and its connections. It may be used by any number of goroutines at once, and
// closed before what was made from it.
type Client struct {
	client *owned[*C.ferry_filestack]
}

// NewClient makes a client for the application with this API key. Nothing is sent.
func NewClient(apikey string, options ...ClientOption) (*Client, error) {
	var s clientSettings
	for _, option := range options {
		option.ofClient(&s)
	}
	call := begin(context.Background())
	defer call.end()
	with := &C.ferry_filestack_options{}
	C.ferry_filestack_options_init(with, C.sizeof_ferry_filestack_options)
	with.security = call.security(s.security)
	with.storage = call.optional("storage", s.storage)
	with.cname = call.optional("cname", s.cname)
	with.base_url = call.optional("base URL", s.baseURL)
	with.upload_url = call.optional("upload URL", s.uploadURL)
	with.cdn_url = call.optional("CDN URL", s.cdnURL)
	with.api_url = call.optional("API URL", s.apiURL)
	with.process_url = call.optional("process URL", s.process)
	with.connection = call.connection(&s.connectionSettings)
	with.skip_policy_checks = C.bool(s.skipPolicyChecks)
	key := call.text("apikey", apikey)
	var client *C.ferry_filestack
	err := call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_new(key, with, &client, err)
	})
	if err != nil {
		return nil, err
	}
	return &Client{own(client, func(c *C.ferry_filestack) { C.ferry_filestack_free(c) })}, nil
}

// Close frees the client once no call uses it. A client that is not closed is freed by the garbage collector.
func (c *Client) Close() error { return c.client.close() }

// WithStorage says where files are stored: "S3", "gcs", "azure", "rackspace" or "dropbox". The default is
// S3.
func WithStorage(name string) ClientOption {
	return clientOption(func(s *clientSettings) { s.storage = name })
}

// WithCNAME sets your own domain, such as "files.example.com": every host becomes one of its subdomains.
func WithCNAME(domain string) ClientOption {
	return clientOption(func(s *clientSettings) { s.cname = domain })
}

// WithUploadURL sets the origin of the upload API; it wins over [WithBaseURL].
func WithUploadURL(url string) ClientOption {
	return clientOption(func(s *clientSettings) { s.uploadURL = url })
}

// WithCDNURL sets the origin of delivery and transformations; it wins over [WithBaseURL].
func WithCDNURL(url string) ClientOption {
	return clientOption(func(s *clientSettings) { s.cdnURL = url })
}

// WithAPIURL sets the REST API, its path "/api" included; it wins over [WithBaseURL].
func WithAPIURL(url string) ClientOption {
	return clientOption(func(s *clientSettings) { s.apiURL = url })
}

// WithProcessURL sets the origin of the process API; it wins over [WithBaseURL].
func WithProcessURL(url string) ClientOption {
	return clientOption(func(s *clientSettings) { s.process = url })
}

// WithoutPolicyChecks leaves it to the service whether a policy allows a call. Else a call is
// [ErrInvalidArgument], before anything is sent, if its policy has expired by this machine's clock, does not
// name what is needed, or is for another handle.
func WithoutPolicyChecks() ClientOption {
	return clientOption(func(s *clientSettings) { s.skipPolicyChecks = true })
}

// Zip downloads 1 to 100 files, each a handle or an http or https URL, as one ZIP archive to path. It
// returns the length of the archive in bytes.
func (c *Client) Zip(
	ctx context.Context, path string, sources []string, options ...RequestOption,
) (int64, error) {
	call := begin(ctx)
	defer call.end()
	client, with := lend(call, c.client), call.request(options)
	target, files := call.text("path", path), call.texts("sources", sources)
	return call.length(func(out *C.uint64_t, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_zip(client, files, C.size_t(len(sources)), target, with, out, err)
	})
}

// Request sends a request that has no method of its own, and returns the whole response. method is GET, HEAD,
// PUT, DELETE, POST or PATCH. target is a path that begins with "/", below the REST API (see [WithAPIURL]),
// or a URL at one of the client's own hosts. body becomes JSON; nil: no body. If the client or the call has a
// security, its policy and signature are added to the query. The API key is not added: write it where the
// service wants it.
//
// The request is sent again as often as the client says, a POST or PATCH only if it has surely not arrived. A
// status that is not 2xx is [ErrHTTP].
func (c *Client) Request(
	ctx context.Context, method, target string, body any, options ...RequestOption,
) (*Response, error) {
	call := begin(ctx)
	defer call.end()
	client, verb, address := lend(call, c.client), call.text("method", method), call.text("target", target)
	text, with := call.json("body", body), call.request(options)
	return call.response(func(out **C.ferry_response, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_request(client, verb, address, text, with, out, err)
	})
}
