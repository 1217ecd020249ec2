package ferry

/*
#include <ferry.h>
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"unsafe"
)

// State is the state of an [Upload].
type State int32

// The states of an upload.
const (
	StateInitialized State = C.FERRY_UPLOAD_INITIALIZED // not run yet
	StateUploading   State = C.FERRY_UPLOAD_UPLOADING   // running
	StatePaused      State = C.FERRY_UPLOAD_PAUSED      // paused; run it again
	StateInterrupted State = C.FERRY_UPLOAD_INTERRUPTED // stopped or failed; run it again
	StateError       State = C.FERRY_UPLOAD_ERROR       // failed, and another run fails too
	StateUploaded    State = C.FERRY_UPLOAD_UPLOADED    // stored; final
	StateAborted     State = C.FERRY_UPLOAD_ABORTED     // cancelled; final
)

// String returns the word for a state, such as "interrupted"; "unknown" for a number that is none.
func (s State) String() string { return C.GoString(C.ferry_upload_state_name(C.int32_t(s))) }

// MarshalText writes the word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a word.
func (s *State) UnmarshalText(text []byte) error {
	for state := StateInitialized; state <= StateAborted; state++ {
		if state.String() == string(text) {
			*s = state
			return nil
		}
	}
	return invalid(fmt.Sprintf("%q is no state of an upload", text))
}

// Upload is an upload, of one file or of many, that can be paused, interrupted, cancelled and run again. One
// goroutine runs it, others may control and watch it.
//
//   - Pause: requests under way end first, then Run returns [ErrPaused]. It can be run again.
//   - Interrupt, also the end of the context and an error of a callback: Run returns [ErrCancelled] within a
//     second. It can be run again; parts that were under way are sent again.
//   - Cancel: Run returns [ErrCancelled] within a second. It cannot be run again, and an upload to Telestream
//     is deleted at the service.
type Upload struct {
	upload   *owned[*C.ferry_upload]
	running  sync.Mutex
	progress func(Progress) error
	onItem   func(int, BatchResult) error
	isBatch  bool
	reader   io.Reader    // what the runs read; nil if the data is there
	unread   error        // came along with the last bytes that were read
	cell     *C.uintptr_t // in C's memory: the handle of the call that runs, which callbacks get
}

// NewUpload prepares the upload of a file; nothing is sent.
func (c *Client) NewUpload(path string, options ...UploadOption) (*Upload, error) {
	call := begin(context.Background())
	defer call.end()
	client, with, name := lend(call, c.client), call.upload(options), call.text("path", path)
	cell := newCell()
	with.on_progress, with.user_data = onProgress, unsafe.Pointer(cell)
	return call.newUpload(cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_upload_new(client, name, with, out, err)
	})
}

// ResumeUpload prepares the upload of a token ([Upload.Token]), of the file at path or a copy of it, in any
// process or machine; nothing is sent. Run sends what the service lacks, and compares what it has with the
// file. The token says what is stored and how: options may be [WithConcurrency], [WithSecurity],
// [WithProgress], [WithDeadline], [WithJournal] and [WithRestart]. A token that is cut, altered, of another
// version, service or account, or of a file of another size is [ErrInvalidArgument].
func (c *Client) ResumeUpload(path, token string, options ...UploadOption) (*Upload, error) {
	call := begin(context.Background())
	defer call.end()
	client, with := lend(call, c.client), call.upload(options)
	name, text := call.text("path", path), call.text("token", token)
	cell := newCell()
	with.on_progress, with.user_data = onProgress, unsafe.Pointer(cell)
	return call.newUpload(cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_upload_resume(client, name, text, with, out, err)
	})
}

func newCell() *C.uintptr_t { return (*C.uintptr_t)(C.calloc(1, C.sizeof_uintptr_t)) }

// newUpload makes a call that gives an upload, whose callbacks are given the cell. after is called when the
// upload is free.
func (c *call) newUpload(
	cell *C.uintptr_t, run func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status, after ...func(),
) (*Upload, error) {
	var upload *C.ferry_upload
	free := func(u *C.ferry_upload) {
		C.ferry_upload_free(u)
		C.free(unsafe.Pointer(cell))
		for _, end := range after {
			end()
		}
	}
	if err := c.do(func(err **C.ferry_error) C.ferry_status { return run(&upload, err) }); err != nil {
		free(nil)
		return nil, err
	}
	return &Upload{upload: own(upload, free), progress: c.progress, cell: cell}, nil
}

// Run uploads, and returns when the file is stored, or the run was stopped or has failed. After [ErrPaused],
// the end of the context, or an error that is Retryable, run it again: what the service has confirmed is not
// sent again. The end of the context only interrupts the upload: Run returns within a second with an error
// that is both [ErrCancelled] and the context's own, and the service keeps what it has. After [Upload.Cancel]
// Run returns [ErrInvalidState], and also while another goroutine runs the upload. Once the file is stored
// Run does nothing. If files of a batch fail, Run goes on with the others, and returns the error of the first
// in the list at the end; another run tries those again.
func (u *Upload) Run(ctx context.Context) error {
	if !u.running.TryLock() {
		return &Error{Status: ErrInvalidState, Message: "cannot run the upload: it is running"}
	}
	defer u.running.Unlock()
	call := begin(ctx)
	defer call.end()
	upload := lend(call, u.upload)
	if upload != nil {
		call.progress, call.reader, call.readFailed = u.progress, u.reader, u.unread
		call.onItem, call.batch = u.onItem, upload
		call.data()
		*u.cell = *call.cell
		defer func() { *u.cell, u.unread = 0, call.readFailed }()
	}
	return call.do(func(err **C.ferry_error) C.ferry_status { return C.ferry_upload_run(upload, err) })
}

// Pause asks for a pause and returns at once. No new request starts, those under way end, then Run returns
// [ErrPaused]. Any goroutine may call it, also a callback. If nothing runs, the next run ends at its start.
func (u *Upload) Pause() {
	u.upload.with(func(u *C.ferry_upload) { C.ferry_upload_pause(u) })
}

// Interrupt ends the run and returns at once. Requests under way are cut, and Run returns [ErrCancelled]
// within a second; another Run goes on. Any goroutine may call it, also a callback. If nothing runs it does
// nothing: to stop a run that is about to begin, end its context.
func (u *Upload) Interrupt() {
	u.upload.with(func(u *C.ferry_upload) { C.ferry_upload_interrupt(u) })
}

// Cancel ends the upload for good and returns at once; Run returns [ErrCancelled] within a second. An upload
// to Telestream is deleted at the service by the run that ends. Any goroutine may call it, also a callback.
func (u *Upload) Cancel() {
	u.upload.with(func(u *C.ferry_upload) { C.ferry_upload_cancel(u) })
}

// Limit sets the most bytes a second of all connections together and returns at once; 0 takes the limit away.
// It holds from now on and for the runs that follow. Any goroutine may call it, also a callback.
func (u *Upload) Limit(bytesPerSecond uint64) {
	u.upload.with(func(u *C.ferry_upload) { C.ferry_upload_limit(u, C.uint64_t(bytesPerSecond)) })
}

// State returns the state of the upload; 0 once it is closed.
func (u *Upload) State() (state State) {
	u.upload.with(func(u *C.ferry_upload) { state = State(C.ferry_upload_state(u)) })
	return state
}

// Token returns the text with which ResumeUpload of a client goes on, in another process, language or
// machine: what the service has confirmed so far, in one line. Any goroutine may call it at any time, also a
// callback, and after a failure. It has no key, policy or signature in it, and only clients of the same
// account can use it. [ErrInvalidState] after a cancel and for a batch.
func (u *Upload) Token() (string, error) {
	call := begin(context.Background())
	defer call.end()
	upload := lend(call, u.upload)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_upload_token(upload, out, err)
	})
}

// Result returns what the service said of the stored file, or of the video that was made of it;
// [ErrNotReady] before it is stored. Of a batch it is what [Upload.Results] says, as JSON.
func (u *Upload) Result() (json.RawMessage, error) {
	call := begin(context.Background())
	defer call.end()
	upload := lend(call, u.upload)
	return call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_upload_result(upload, out, err)
	})
}

// Filelink returns the stored file; [ErrNotReady] before it is stored, and [ErrInvalidState] for an upload
// to Telestream or of a batch.
func (u *Upload) Filelink() (*Filelink, error) {
	call := begin(context.Background())
	defer call.end()
	upload := lend(call, u.upload)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_upload_filelink(upload, out, err)
	})
}

// Close frees the upload once it does not run. A run goes on, and only its context ends it then. The service
// keeps what it has.
func (u *Upload) Close() error { return u.upload.close() }
