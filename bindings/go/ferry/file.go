package ferry

/*
#include "ferry.h"
*/
import "C"

import (
	"context"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
)

// File is the content of a stored file: an [io.Reader], [io.WriterTo], [io.ReaderAt] and [io.Closer]. Any
// number of goroutines may use ReadAt at once, and Close at any time; one at a time reads the stream.
type File struct {
	link    *Filelink
	options []RequestOption
	ctx     context.Context
	stop    context.CancelFunc
	calls   *sync.RWMutex // read-locked by each call, but not while that is in a callback or a writer

	mu     sync.Mutex
	closed bool
	stream *io.PipeReader // nil: nothing was read yet
	whole  *os.File       // nil: nobody has asked for a place in it yet

	fetching sync.Mutex
}

// Open returns the content of the file, to be read piece by piece; close it. Nothing is sent before something
// is read. The context holds for all that is read. A progress callback of options runs on a goroutine of the
// File's own, which Close ends.
func (l *Filelink) Open(ctx context.Context, options ...RequestOption) *File {
	ctx, stop := context.WithCancel(ctx)
	calls := new(sync.RWMutex)
	options = append(slices.Clip(options), callOption(func(s *callSettings) {
		if report := s.progress; report != nil {
			s.progress = func(p Progress) error {
				calls.RUnlock()
				defer calls.RLock()
				return report(p)
			}
		}
	}))
	file := &File{link: l, options: options, ctx: ctx, stop: stop, calls: calls}
	runtime.SetFinalizer(file, func(file *File) { go file.Close() }) // it waits
	return file
}

// Read reads on in the stream of the content, which [Filelink.Stream] writes.
func (f *File) Read(buffer []byte) (int, error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return 0, closed("file", true)
	}
	if f.stream == nil {
		reader, writer := io.Pipe()
		f.stream = reader
		f.calls.RLock()
		go send(f.ctx, f.link, f.options, writer, f.calls)
	}
	stream := f.stream
	f.mu.Unlock()
	n, err := stream.Read(buffer)
	if err == io.ErrClosedPipe {
		err = closed("file", true)
	}
	runtime.KeepAlive(f)
	return n, err
}

// send writes the content of a file to its stream. Where nobody reads, the end of the context ends it. It
// does not know the File, which the garbage collector closes when the program has forgotten it.
func send(
	ctx context.Context, link *Filelink, options []RequestOption, writer *io.PipeWriter, calls *sync.RWMutex,
) {
	defer calls.RUnlock()
	release := context.AfterFunc(ctx, func() { writer.CloseWithError(interrupted(ctx)) })
	defer release()
	_, err := link.Stream(ctx, writer, options...)
	writer.CloseWithError(err) // nil is the end
}

// WriteTo writes the rest of the stream to writer.
func (f *File) WriteTo(writer io.Writer) (int64, error) {
	defer runtime.KeepAlive(f)
	f.mu.Lock()
	if f.closed || f.stream != nil {
		f.mu.Unlock()
		return io.Copy(writer, struct{ io.Reader }{f})
	}
	reader, nothing := io.Pipe()
	nothing.Close()
	f.stream = reader
	f.calls.RLock()
	defer f.calls.RUnlock()
	f.mu.Unlock()
	return f.link.Stream(f.ctx, outside{writer, f.calls}, f.options...)
}

// outside is a writer that is not waited for.
type outside struct {
	writer io.Writer
	calls  *sync.RWMutex
}

func (o outside) Write(bytes []byte) (int, error) {
	o.calls.RUnlock()
	defer o.calls.RLock()
	return o.writer.Write(bytes)
}

// ReadAt reads at any place. The first call, also of Size, downloads the whole file to a temporary one, which
// Close removes; see [Filelink.Download].
func (f *File) ReadAt(buffer []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, invalid("the offset is negative")
	}
	defer runtime.KeepAlive(f)
	whole, err := f.fetch()
	if err != nil {
		return 0, err
	}
	return whole.ReadAt(buffer, offset)
}

// Size returns the number of bytes.
func (f *File) Size() (int64, error) {
	defer runtime.KeepAlive(f)
	whole, err := f.fetch()
	if err != nil {
		return 0, err
	}
	info, err := whole.Stat()
	if err != nil {
		return 0, local("examine a temporary file", err)
	}
	return info.Size(), nil
}

func (f *File) fetch() (*os.File, error) {
	f.fetching.Lock()
	defer f.fetching.Unlock()
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil, closed("file", true)
	}
	f.calls.RLock()
	defer f.calls.RUnlock()
	f.mu.Unlock()
	if f.whole == nil {
		whole, err := f.link.fetch(f.ctx, f.options)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		f.whole = whole
		if f.closed { // by a callback
			whole.Close()
		}
		f.mu.Unlock()
	}
	return f.whole, nil
}

// Close ends what is under way, within a second, and waits for that, though not for a callback or a writer:
// any of them may call it.
func (f *File) Close() error {
	f.stop()
	runtime.SetFinalizer(f, nil)
	f.mu.Lock()
	f.closed = true
	if f.stream != nil {
		f.stream.Close()
	}
	if f.whole != nil {
		f.whole.Close()
	}
	f.mu.Unlock()
	f.calls.Lock()
	defer f.calls.Unlock()
	return nil
}

// fetch downloads the file to one that has no name.
func (l *Filelink) fetch(ctx context.Context, options []RequestOption) (*os.File, error) {
	place, err := os.CreateTemp("", "ferry-*")
	if err != nil {
		return nil, local("make a temporary file", err)
	}
	defer os.Remove(place.Name())
	place.Close()
	if _, err := l.Download(ctx, place.Name(), options...); err != nil {
		return nil, err
	}
	whole, err := os.Open(place.Name())
	if err != nil {
		return nil, local("open a temporary file", err)
	}
	return whole, nil
}

// Stream writes the content to writer, piece by piece, on the goroutine that made the call, each byte once.
// It returns the number of bytes. After a cut only the rest is asked for. It returns an error of writer.
func (l *Filelink) Stream(ctx context.Context, writer io.Writer, options ...RequestOption) (int64, error) {
	call := begin(ctx)
	defer call.end()
	call.writer = writer
	link, with, data := lend(call, l.link), call.request(options), call.data()
	return call.length(func(out *C.uint64_t, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_stream(link, onWrite, data, with, out, err)
	})
}

// Writer replaces the content of a stored file by what is written to it: an [io.WriteCloser].
type Writer struct {
	link    *Filelink
	ctx     context.Context
	options []RequestOption
	kept    *os.File // nil: nothing is written yet, or it is closed
	closed  bool
	failed  error
}

// NewWriter returns a writer for the new content of the file; close it, and see what Close returns. What is
// written is kept in a temporary file. Name and type of the stored file stay. It needs a security.
func (l *Filelink) NewWriter(ctx context.Context, options ...RequestOption) *Writer {
	return &Writer{link: l, ctx: ctx, options: options}
}

// Write adds to the new content.
func (w *Writer) Write(data []byte) (int, error) {
	if err := w.open(); err != nil {
		return 0, err
	}
	n, err := w.kept.Write(data)
	if err != nil {
		w.failed = local("write a temporary file", err)
		return n, w.failed
	}
	return n, nil
}

// open makes the temporary file, unless the writer is over.
func (w *Writer) open() error {
	if w.closed {
		return closed("writer", true)
	}
	if w.failed == nil && w.ctx.Err() != nil {
		w.failed = interrupted(w.ctx)
	}
	if w.failed != nil || w.kept != nil {
		return w.failed
	}
	kept, err := os.CreateTemp("", "ferry-*")
	if err != nil {
		w.failed = local("make a temporary file", err)
		return w.failed
	}
	w.kept = kept
	return nil
}

// Close replaces the content by all that was written, and returns when it is stored. Nothing is sent after a
// failure of Write or the end of the context. Further calls do nothing.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	err := w.open()
	if err == nil {
		err = w.link.OverwriteFile(w.ctx, w.kept.Name(), w.options...)
	}
	w.Discard()
	return err
}

// Discard closes the writer and leaves the stored file as it is.
func (w *Writer) Discard() {
	w.closed = true
	if w.kept != nil {
		w.kept.Close()
		os.Remove(w.kept.Name())
		w.kept = nil
	}
}

// OverwriteReader is [Filelink.OverwriteFile] with what reader returns, which a temporary file keeps. It
// returns an error of reader; nothing is sent then.
func (l *Filelink) OverwriteReader(ctx context.Context, reader io.Reader, options ...RequestOption) error {
	writer := l.NewWriter(ctx, options...)
	_, err := io.Copy(writer, struct{ io.Reader }{reader})
	if err == nil {
		return writer.Close()
	}
	writer.Discard()
	if writer.failed == nil {
		err = local("read the new content", err)
	}
	return err
}

// local is the error of a local file, a reader or a writer.
func local(doing string, cause error) *Error {
	return &Error{Status: ErrIO, Message: "cannot " + doing, cause: cause}
}

// interrupted is the error of what the end of a context has interrupted.
func interrupted(ctx context.Context) *Error {
	return &Error{
		Status: ErrCancelled, Message: "the call was interrupted", Retryable: true, cause: ctx.Err(),
	}
}
