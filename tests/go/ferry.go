// Package ferrytest uses libferry from Go, as thinly as the tests need: it shows that the C interface is what cgo wants.
package ferrytest

/*
#cgo CFLAGS: -std=c11 -I${SRCDIR}/../../include
#cgo LDFLAGS: -lferry
#include <ferry.h>
#include <stdlib.h>

extern int32_t goProgress(ferry_progress *progress, uintptr_t handle);

// user_data carries a cgo.Handle: a number, so no Go pointer is kept in C. Whether Go is called at all is decided in C.
static int32_t on_progress(const ferry_progress *progress, void *user_data) {
    return goProgress((ferry_progress *)progress, (uintptr_t)user_data);
}

static void set_progress(ferry_upload_options *options, uintptr_t handle) {
    options->on_progress = handle ? on_progress : NULL;
    options->user_data = (void *)handle;
}
*/
import "C"

import (
	"context"
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// Error is a failed call.
type Error struct {
	Status    int32
	Name      string
	Message   string
	Step      string
	HTTP      int32
	Retryable bool
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Name, e.Message) }

// Is compares by status, so that errors.Is(err, ErrCancelled) works.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Status == e.Status
}

var (
	ErrInvalidArgument = &Error{Status: C.FERRY_INVALID_ARGUMENT}
	ErrInvalidState    = &Error{Status: C.FERRY_INVALID_STATE}
	ErrHTTP            = &Error{Status: C.FERRY_HTTP}
	ErrCancelled       = &Error{Status: C.FERRY_CANCELLED}
	ErrPaused          = &Error{Status: C.FERRY_PAUSED}
)

func failure(status C.ferry_status, err *C.ferry_error) error {
	if status == C.FERRY_OK {
		return nil
	}
	defer C.ferry_error_free(err)
	return &Error{
		Status:    int32(status),
		Name:      C.GoString(C.ferry_status_name(status)),
		Message:   C.GoString(C.ferry_error_message(err)),
		Step:      C.GoString(C.ferry_error_step(err)),
		HTTP:      int32(C.ferry_error_http_status(err)),
		Retryable: bool(C.ferry_error_retryable(err)),
	}
}

// LiveObjects is how many objects of the library are not freed yet.
func LiveObjects() uint64 { return uint64(C.ferry_live_objects()) }

// VersionsMatch tells whether the library is the one the header is of.
func VersionsMatch() bool { return C.ferry_version_number() == C.FERRY_VERSION_NUMBER }

// Progress is one report.
type Progress struct {
	Done, Total      uint64
	PartsDone, Parts uint32
	BytesPerSecond   uint64
	SecondsLeft      float64
}

//export goProgress
func goProgress(progress *C.ferry_progress, handle C.uintptr_t) C.int32_t {
	report := cgo.Handle(handle).Value().(func(Progress) bool)
	goOn := report(Progress{
		Done:           uint64(progress.bytes_done),
		Total:          uint64(progress.bytes_total),
		PartsDone:      uint32(progress.parts_done),
		Parts:          uint32(progress.parts_total),
		BytesPerSecond: uint64(progress.bytes_per_second),
		SecondsLeft:    float64(progress.seconds_left),
	})
	if goOn {
		return 0
	}
	return 1
}

// Options of one upload. OnProgress returns false to cancel.
type Options struct {
	Filename    string
	Intelligent bool
	OnProgress  func(Progress) bool
}

// native makes the C options; release frees what they hold, after the last call that uses them.
func (o Options) native() (options *C.ferry_upload_options, release func()) {
	options = (*C.ferry_upload_options)(C.malloc(C.sizeof_ferry_upload_options))
	C.ferry_upload_options_init(options, C.sizeof_ferry_upload_options)
	var handle cgo.Handle
	if o.Filename != "" {
		options.filename = C.CString(o.Filename)
	}
	if o.Intelligent {
		options.intelligent = C.FERRY_INTELLIGENT_ON
	}
	if o.OnProgress != nil {
		handle = cgo.NewHandle(o.OnProgress)
		C.set_progress(options, C.uintptr_t(handle))
	}
	return options, func() {
		if handle != 0 {
			handle.Delete()
		}
		C.free(unsafe.Pointer(options.filename))
		C.free(unsafe.Pointer(options))
	}
}

// Client is an account.
type Client struct{ c *C.ferry_filestack }

// NewClient makes a client for the service at baseURL.
func NewClient(apikey, baseURL string) (*Client, error) {
	key, url := C.CString(apikey), C.CString(baseURL)
	defer C.free(unsafe.Pointer(key))
	defer C.free(unsafe.Pointer(url))
	options := (*C.ferry_filestack_options)(C.malloc(C.sizeof_ferry_filestack_options))
	defer C.free(unsafe.Pointer(options))
	C.ferry_filestack_options_init(options, C.sizeof_ferry_filestack_options)
	options.base_url = url
	client := &Client{}
	var err *C.ferry_error
	return client, failure(C.ferry_filestack_new(key, options, &client.c, &err), err)
}

// Close frees the client.
func (c *Client) Close() { C.ferry_filestack_free(c.c) }

// UploadFile uploads a file and waits.
func (c *Client) UploadFile(path string, o Options) (*Filelink, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	options, release := o.native()
	defer release()
	link := &Filelink{}
	var err *C.ferry_error
	return link, failure(C.ferry_filestack_upload_file(c.c, name, options, &link.l, &err), err)
}

// UploadBytes uploads data and waits. The slice is lent to C for the length of the call, not copied.
func (c *Client) UploadBytes(data []byte, o Options) (*Filelink, error) {
	options, release := o.native()
	defer release()
	link := &Filelink{}
	var err *C.ferry_error
	start := unsafe.Pointer(unsafe.SliceData(data))
	return link, failure(C.ferry_filestack_upload_bytes(c.c, start, C.size_t(len(data)), options, &link.l, &err), err)
}

// Upload can be paused, cancelled and run again.
type Upload struct {
	u       *C.ferry_upload
	release func()
}

// NewUpload prepares the upload of a file.
func (c *Client) NewUpload(path string, o Options) (*Upload, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	options, release := o.native()
	upload := &Upload{release: release}
	var err *C.ferry_error
	return upload, failure(C.ferry_filestack_upload_new(c.c, name, options, &upload.u, &err), err)
}

// Run uploads until the file is stored, the upload fails or is paused, or ctx ends, which cancels it.
func (u *Upload) Run(ctx context.Context) error {
	done := make(chan struct{})
	watcher := make(chan struct{})
	go func() {
		defer close(watcher)
		select {
		case <-ctx.Done():
			u.Cancel()
		case <-done:
		}
	}()
	var err *C.ferry_error
	status := C.ferry_upload_run(u.u, &err)
	close(done)
	<-watcher
	return failure(status, err)
}

// Pause asks for a pause.
func (u *Upload) Pause() { C.ferry_upload_pause(u.u) }

// Cancel ends the upload for good.
func (u *Upload) Cancel() { C.ferry_upload_cancel(u.u) }

// State is where the upload stands.
func (u *Upload) State() string { return C.GoString(C.ferry_upload_state(u.u)) }

// Filelink is that of the stored file.
func (u *Upload) Filelink() (*Filelink, error) {
	link := &Filelink{}
	var err *C.ferry_error
	return link, failure(C.ferry_upload_filelink(u.u, &link.l, &err), err)
}

// Close frees the upload.
func (u *Upload) Close() {
	C.ferry_upload_free(u.u)
	u.release()
}

// Filelink is a stored file.
type Filelink struct{ l *C.ferry_filelink }

// URL is the address of the file.
func (l *Filelink) URL() string { return C.GoString(C.ferry_filelink_url(l.l)) }

// Content fetches the file.
func (l *Filelink) Content() ([]byte, error) {
	var bytes *C.ferry_bytes
	var err *C.ferry_error
	if failed := failure(C.ferry_filelink_content(l.l, nil, &bytes, &err), err); failed != nil {
		return nil, failed
	}
	defer C.ferry_bytes_free(bytes)
	return C.GoBytes(C.ferry_bytes_data(bytes), C.int(C.ferry_bytes_len(bytes))), nil
}

// Close frees the filelink.
func (l *Filelink) Close() { C.ferry_filelink_free(l.l) }
