package ferry

// #include <ferry.h>
import "C"

import (
	"encoding/json"
	"net/http"
	"unsafe"
)

// Response is the whole response of a service, for requests that have no method of their own; see
// [Client.Request] and [Telestream.Request]. It is a copy in Go's memory: there is nothing to close.
type Response struct {
	// Status is the HTTP status, such as 200.
	Status int
	// Body is at most 16 MiB; empty if the response has none.
	Body []byte
	// URL is the URL of the request as errors show it, without secrets.
	URL string

	headers http.Header
}

// Header returns the first value of a header, "" if there is none. The name is not case-sensitive.
func (r *Response) Header(name string) string { return r.headers.Get(name) }

// Headers returns all headers. Their names are in canonical form, such as "Content-Type".
func (r *Response) Headers() http.Header { return r.headers }

// JSON parses the body into the value that into points to, as [json.Unmarshal] does; an empty body is JSON's
// null. Anything else than JSON that fits into the value is [ErrProtocol].
func (r *Response) JSON(into any) error {
	body := r.Body
	if len(body) == 0 {
		body = []byte("null")
	}
	if err := json.Unmarshal(body, into); err != nil {
		message := "cannot parse the response of " + r.URL + " as JSON"
		return &Error{Status: ErrProtocol, Message: message, cause: err}
	}
	return nil
}

// response makes a call that returns a response.
func (c *call) response(
	run func(out **C.ferry_response, err **C.ferry_error) C.ferry_status,
) (*Response, error) {
	free := func(r *C.ferry_response) { C.ferry_response_free(r) }
	response, err := take(c, free, run)
	if err != nil {
		return nil, err
	}
	defer free(response)
	headers := http.Header{}
	for i := C.size_t(0); i < C.ferry_response_header_count(response); i++ {
		name, value := C.ferry_response_header_name(response, i), C.ferry_response_header_value(response, i)
		headers.Add(C.GoString(name), C.GoString(value))
	}
	body := C.ferry_response_body(response)
	return &Response{
		Status:  int(C.ferry_response_status(response)),
		Body:    C.GoBytes(unsafe.Pointer(body), C.int(C.ferry_response_body_len(response))),
		URL:     C.GoString(C.ferry_response_url(response)),
		headers: headers,
	}, nil
}
