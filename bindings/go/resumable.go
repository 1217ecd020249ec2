package ferry

/*
#include <ferry.h>
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"sync"
	"unsafe"
)

// State is where an [Upload] stands.
type State string

// The states of an upload.
const (
	StateInitialized State = "initialized" // nothing was sent
	StateUploading   State = "uploading"   // it runs
	StatePaused      State = "paused"      // another run goes on
	StateInterrupted State = "interrupted" // it has failed, and another run can go on
	StateError       State = "error"       // it has failed, and would again
	StateUploaded    State = "uploaded"    // it is done
	StateAborted     State = "aborted"     // it was cancelled
)

// Upload can be paused, cancelled and run again. One goroutine runs it, others may control and look at it.
type Upload struct {
	upload   *owned[*C.ferry_upload]
	running  sync.Mutex
	progress func(Progress) error
	cell     *C.uintptr_t // the handle of the run under way, in C's memory: what the callback is given
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

func newCell() *C.uintptr_t { return (*C.uintptr_t)(C.calloc(1, C.sizeof_uintptr_t)) }

// newUpload makes a call that gives an upload, whose callback is given the cell.
func (c *call) newUpload(cell *C.uintptr_t, run func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status) (*Upload, error) {
	var upload *C.ferry_upload
	if err := c.do(func(err **C.ferry_error) C.ferry_status { return run(&upload, err) }); err != nil {
		C.free(unsafe.Pointer(cell))
		return nil, err
	}
	free := func(u *C.ferry_upload) {
		C.ferry_upload_free(u)
		C.free(unsafe.Pointer(cell))
	}
	return &Upload{upload: own(upload, free), progress: c.progress, cell: cell}, nil
}

// Run uploads, and waits until it is done, paused, cancelled or has failed. After [ErrPaused], or an error that is Retryable, run it again: what
// the service has confirmed is not sent again. It is over for good after [ErrCancelled], which the end of the context is too, and once it is
// uploaded Run does nothing. While another goroutine runs it that is [ErrInvalidState].
func (u *Upload) Run(ctx context.Context) error {
	if !u.running.TryLock() {
		return &Error{Status: ErrInvalidState, Message: "cannot run the upload: it is running"}
	}
	defer u.running.Unlock()
	call := begin(ctx)
	defer call.end()
	upload := lend(call, u.upload)
	if upload != nil {
		call.progress = u.progress
		call.data()
		*u.cell = *call.cell
		defer func() { *u.cell = 0 }()
	}
	return call.do(func(err **C.ferry_error) C.ferry_status { return C.ferry_upload_run(upload, err) })
}

// Pause asks for a pause and returns at once. No new part starts, those under way end, then Run returns [ErrPaused]. It may be called by any
// goroutine, also inside a callback; while nothing runs, it pauses the next run at its start.
func (u *Upload) Pause() {
	if upload, lent := u.upload.use(); lent {
		defer u.upload.done()
		C.ferry_upload_pause(upload)
	}
}

// Cancel ends the upload for good and returns at once; Run returns within a second with [ErrCancelled]. It may be called by any goroutine, also
// inside a callback.
func (u *Upload) Cancel() {
	if upload, lent := u.upload.use(); lent {
		defer u.upload.done()
		C.ferry_upload_cancel(upload)
	}
}

// State tells where the upload stands; "" once it is closed.
func (u *Upload) State() State {
	return State(look(u.upload, func(u *C.ferry_upload) *C.char { return C.ferry_upload_state(u) }))
}

// Result is what the service said of the stored file, or of the video that it became; [ErrNotReady] before it is uploaded.
func (u *Upload) Result() (json.RawMessage, error) {
	call := begin(context.Background())
	defer call.end()
	upload := lend(call, u.upload)
	return call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_upload_result(upload, out, err)
	})
}

// Filelink is the stored file; [ErrNotReady] before it is uploaded, and [ErrInvalidState] for an upload to Telestream.
func (u *Upload) Filelink() (*Filelink, error) {
	call := begin(context.Background())
	defer call.end()
	upload := lend(call, u.upload)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_upload_filelink(upload, out, err)
	})
}

// Close frees the upload once it does not run. What the service has is left there.
func (u *Upload) Close() { u.upload.close() }
