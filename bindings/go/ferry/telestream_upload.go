package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"io"
	"runtime"
	"unsafe"
)

// Protocol is how bytes are sent to Telestream.
type Protocol int32

// The protocols of Telestream.
const (
	ProtocolParts  Protocol = C.FERRY_PROTOCOL_PARTS  // parts in any order, several at once
	ProtocolRanges Protocol = C.FERRY_PROTOCOL_RANGES // the older one: one range after the other
)

// String returns the word for the protocol.
func (p Protocol) String() string { return wordOf(int32(p), "parts", "ranges") }

// WithProtocol chooses how bytes are sent. The default is [ProtocolParts], which falls back to ranges
// where the service offers no parts.
func WithProtocol(protocol Protocol) TelestreamUploadOption {
	return telestreamUploadOption(func(s *telestreamUploadSettings) { s.protocol = protocol })
}

// WithExtraFiles names files that belong to the video, such as subtitles: local paths for each tag. They
// are sent after the video, and only in parts.
func WithExtraFiles(paths map[string][]string) TelestreamUploadOption {
	return telestreamUploadOption(func(s *telestreamUploadSettings) { s.extra = paths })
}

// NewUpload prepares the upload of a file that becomes a video; nothing is sent. params may be nil. After a
// failure, an interrupt or the end of a context
// it can be run again; only [Upload.Cancel] deletes it at the service. The service chooses the address that
// the bytes are sent to, and this may be plain http. It has no filelink, but a video: see [Upload.Video].
func (f Factory) NewUpload(
	path string, params *VideoParams, options ...TelestreamUploadOption,
) (*Upload, error) {
	return f.newUpload(params, options, func(call *call, p telestreamUpload) (*Upload, error) {
		name := call.text("path", path)
		return call.newUpload(p.cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
			return C.ferry_telestream_upload_new(p.account, p.factory, name, p.fields, p.with, out, err)
		})
	})
}

// NewUploadBytes is [Factory.NewUpload] for bytes in memory. They are not copied: do not change them until
// the upload is closed. [WithFilename] is needed, since the service takes the extension of the video from it.
func (f Factory) NewUploadBytes(
	data []byte, params *VideoParams, options ...TelestreamUploadOption,
) (*Upload, error) {
	return f.newUpload(params, options, func(call *call, p telestreamUpload) (*Upload, error) {
		pinner, bytes := new(runtime.Pinner), nonEmpty(data)
		pinner.Pin(&bytes[0])
		return call.newUpload(p.cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
			return C.ferry_telestream_upload_bytes_new(p.account, p.factory,
				unsafe.Pointer(&bytes[0]), C.size_t(len(data)), p.fields, p.with, out, err)
		}, pinner.Unpin)
	})
}

// NewUploadReader is [Factory.NewUpload] for what reader returns. It is read while the upload runs, on the
// goroutine that called [Upload.Run], which returns its error; another run reads on where the last one was.
// [WithFilename] is needed, since the service takes the extension of the video from it. See
// [Client.UploadReader] for size and the temporary file.
func (f Factory) NewUploadReader(
	reader io.Reader, size int64, params *VideoParams, options ...TelestreamUploadOption,
) (*Upload, error) {
	return f.newUpload(params, options, func(call *call, p telestreamUpload) (*Upload, error) {
		data := unsafe.Pointer(p.cell)
		upload, err := call.newUpload(p.cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
			return C.ferry_telestream_upload_reader_new(
				p.account, p.factory, onRead, data, announced(size), p.fields, p.with, out, err)
		})
		if err == nil {
			upload.reader = reader
		}
		return upload, err
	})
}

// telestreamUpload is what a function that makes an upload takes in C.
type telestreamUpload struct {
	account *C.ferry_telestream
	factory *C.char
	fields  *C.char
	with    *C.ferry_telestream_upload_options
	cell    *C.uintptr_t
}

func (f Factory) newUpload(
	params *VideoParams, options []TelestreamUploadOption,
	prepare func(*call, telestreamUpload) (*Upload, error),
) (*Upload, error) {
	call := begin(context.Background())
	defer call.end()
	cell := newCell()
	with := call.telestreamUpload(options, cell)
	if params != nil && (params.SourceURL != "" || params.File != "") {
		call.refuse("params: SourceURL and File are for Videos.Create")
	}
	account, factory := lend(call, f.telestream.account), call.optional("factory", f.id)
	return prepare(call, telestreamUpload{account, factory, call.json("params", params), with, cell})
}

// ResumeUpload prepares the upload of a token ([Upload.Token]), of the file at path or a copy of it; nothing
// is sent. Run sends what the service lacks, and compares what it has with the file. The token says what is
// uploaded, to which factory and how: a filename and a protocol are [ErrInvalidArgument]. [WithExtraFiles]
// says where the other files are now, with the token's tags; without it they are where they were.
func (t *Telestream) ResumeUpload(path, token string, options ...TelestreamUploadOption) (*Upload, error) {
	call := begin(context.Background())
	defer call.end()
	cell := newCell()
	with := call.telestreamUpload(options, cell)
	account, name, text := lend(call, t.account), call.text("path", path), call.text("token", token)
	return call.newUpload(cell, func(out **C.ferry_upload, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_upload_resume(account, name, text, with, out, err)
	})
}

// telestreamUpload sets the options of an upload to Telestream in C, whose callback is given the cell.
func (c *call) telestreamUpload(
	options []TelestreamUploadOption, cell *C.uintptr_t,
) *C.ferry_telestream_upload_options {
	var s telestreamUploadSettings
	for _, option := range options {
		option.ofTelestreamUpload(&s)
	}
	c.progress = s.progress
	with := &C.ferry_telestream_upload_options{}
	C.ferry_telestream_upload_options_init(with, C.sizeof_ferry_telestream_upload_options)
	with.filename = c.optional("filename", s.filename)
	with.concurrency = c.number("concurrency", s.concurrency)
	with.bytes_per_second = C.uint64_t(s.rate)
	with.protocol = C.int32_t(s.protocol)
	with.deadline_ms = c.milliseconds("deadline", s.deadline)
	with.extra_files_json = c.json("extra files", s.extra)
	with.journal_dir, with.restart = c.journal(&s.durableSettings), C.bool(s.restart)
	with.on_progress, with.user_data = onProgress, unsafe.Pointer(cell)
	return with
}

// Video returns the video that an upload to Telestream has become; [ErrNotReady] before it is stored. It
// is empty if the service has it but did not describe it.
func (u *Upload) Video() (Video, error) {
	var video Video
	result, err := u.Result()
	if err == nil {
		err = decode(result, &video)
	}
	return video, err
}
