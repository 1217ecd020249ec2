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
	"unsafe"
)

// BatchItem is a file of a batch.
type BatchItem struct {
	// Path of the file. The same path twice needs Options.
	Path string
	// Options say what is stored, and where. nil: as the options of the batch say, which do not hold for an
	// item that has its own. [WithConcurrency], [WithProgress], [WithDeadline], [WithJournal] and
	// [WithRestart] are for the batch as a whole.
	Options []UploadOption
}

// Files are items without options of their own.
func Files(paths ...string) []BatchItem {
	items := make([]BatchItem, len(paths))
	for i, path := range paths {
		items[i].Path = path
	}
	return items
}

// BatchResult is what has become of a file of a batch: it has a Filelink or an Err, or neither if the batch
// did not come to it.
type BatchResult struct {
	Path     string
	Filelink *Filelink
	Err      error // an [*Error]
}

// BatchResults are what has become of the files of a batch, in the order of its items.
type BatchResults []BatchResult

// Close closes the filelinks. Those that are not closed are freed by the garbage collector.
func (r BatchResults) Close() error {
	for _, result := range r {
		result.close()
	}
	return nil
}

func (r BatchResult) close() {
	if r.Filelink != nil {
		r.Filelink.Close()
	}
}

// UploadMany uploads many files, and returns when all of them are stored. They share threads and connections,
// so small files cost little more than their bytes.
//
// One file's failure does not stop the others. The error is that of the first of the list that failed, or
// what has ended the batch, and Retryable if the same call can succeed for any. Unless it is
// [ErrInvalidArgument], because there are no items, an option is refused or an item is there twice, the
// results are complete then too: close them in either case. The next call begins with all files, unless there
// is [WithJournal]: then the same call goes on, in another process too.
func (c *Client) UploadMany(
	ctx context.Context, items []BatchItem, options ...BatchOption,
) (BatchResults, error) {
	upload, err := c.NewUploadMany(items, options...)
	if err != nil {
		return nil, err
	}
	defer upload.Close()
	err = upload.Run(ctx)
	results, failed := upload.Results()
	if err == nil {
		err = failed
	}
	return results, err
}

// NewUploadMany prepares the upload of many files; nothing is sent. [Upload.Results] and
// [Upload.ItemFilelink] tell what has become of them at any time. It has no token.
func (c *Client) NewUploadMany(items []BatchItem, options ...BatchOption) (*Upload, error) {
	call := begin(context.Background())
	defer call.end()
	var s batchSettings
	for _, option := range options {
		option.ofBatch(&s)
	}
	call.progress = s.progress
	client, list, with := lend(call, c.client), call.items(items), &C.ferry_upload_options{}
	call.fill(with, &s.uploadSettings)
	cell := newCell()
	data := unsafe.Pointer(cell)
	with.on_progress, with.user_data = onProgress, data
	var ended C.ferry_item_fn
	if s.onItem != nil {
		ended = onItem
	}
	upload, err := call.newUpload(cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_upload_batch_new(
			client, list, C.size_t(len(items)), with, ended, data, out, err)
	})
	if err == nil {
		upload.onItem, upload.isBatch = s.onItem, true
	}
	return upload, err
}

// items is the list of a batch in C's memory, which may not point to Go's.
func (c *call) items(items []BatchItem) *C.ferry_batch_item {
	if len(items) == 0 {
		return nil
	}
	block := C.calloc(C.size_t(len(items)), C.sizeof_ferry_batch_item)
	c.memory = append(c.memory, block)
	list := unsafe.Slice((*C.ferry_batch_item)(block), len(items))
	for i, item := range items {
		list[i].path = c.text(fmt.Sprintf("items[%d]: path", i), item.Path)
		if item.Options != nil {
			list[i].options = c.itemOptions(item.Options)
		}
	}
	return unsafe.SliceData(list)
}

// itemOptions are those of one item. A callback is not called, but refused.
func (c *call) itemOptions(options []UploadOption) *C.ferry_upload_options {
	var s uploadSettings
	for _, option := range options {
		option.ofUpload(&s)
	}
	block := C.malloc(C.sizeof_ferry_upload_options)
	c.memory = append(c.memory, block)
	with := (*C.ferry_upload_options)(block)
	c.fill(with, &s)
	if s.progress != nil {
		with.on_progress = onProgress
	}
	return with
}

// Results returns what has become of the files of a batch so far; close them. Any goroutine may call it at
// any time, also a callback. [ErrInvalidState] for an upload of one file.
func (u *Upload) Results() (BatchResults, error) {
	if !u.isBatch {
		_, err := u.ItemFilelink(0)
		return nil, err
	}
	report, err := u.Result()
	if err != nil {
		return nil, err
	}
	var told []struct {
		Path            string
		Filelink, Error json.RawMessage
	}
	if err := decode(report, &told); err != nil {
		return nil, err
	}
	results := make(BatchResults, len(told))
	for i, it := range told {
		results[i].Path = it.Path
		if isThere(it.Filelink) || isThere(it.Error) {
			results[i].Filelink, results[i].Err = u.ItemFilelink(i)
		}
	}
	return results, nil
}

func isThere(value json.RawMessage) bool { return value != nil && string(value) != "null" }

// ItemFilelink returns the stored file of the item of a batch at index, counted from 0. The error is the
// file's own if it is not stored, [ErrNotReady] if the batch has not come to it, and [ErrInvalidState] for an
// upload of one file. Any goroutine may call it at any time, also a callback.
func (u *Upload) ItemFilelink(index int) (*Filelink, error) {
	call := begin(context.Background())
	defer call.end()
	return call.itemFilelink(lend(call, u.upload), index)
}

func (c *call) itemFilelink(upload *C.ferry_upload, index int) (*Filelink, error) {
	if index < 0 {
		c.refuse("index is less than 0")
	}
	return c.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_upload_item_filelink(upload, C.size_t(index), out, err)
	})
}

// WithOnItem tells report of each file of a batch that has ended, in the order in which they end, on the
// goroutine that made the call: its place in the list, counted from 0, and what has become of it. It is told
// of files that another process had stored as well. The filelink is closed when report returns; the results
// have it too. An error interrupts the batch, which returns it within a second; a panic does the same. report
// is called after the end of a context too, for files that were stored by then.
func WithOnItem(report func(index int, result BatchResult) error) BatchOption {
	return batchOption(func(s *batchSettings) { s.onItem = report })
}

//export ferryGoItem
func ferryGoItem(
	index C.size_t, path *C.char, link *C.ferry_filelink, failure *C.ferry_error, data unsafe.Pointer,
) C.int32_t {
	if callOf(data).ended(int(index), C.GoString(path)) {
		return 0
	}
	return 1
}

// ended tells of a file, and says whether the batch goes on. The end of the context interrupts it, but does
// not keep files that are stored from being told.
func (c *call) ended(index int, path string) (goesOn bool) {
	if c.panicked != nil {
		return false
	}
	c.protect(func() {
		result := BatchResult{Path: path}
		// What C lends cannot be kept, so the file is asked for once more.
		asked := begin(context.Background())
		defer asked.end()
		result.Filelink, result.Err = asked.itemFilelink(c.batch, index)
		defer result.close()
		err := c.onItem(index, result)
		if err != nil && c.failed == nil {
			c.failed = err
		}
		if late := c.ctx.Err(); late != nil {
			if c.failed == nil {
				c.failed, c.late = late, true
			}
			C.ferry_upload_interrupt(c.batch)
		}
		goesOn = err == nil
	})
	return goesOn
}
