package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"io"
	"unsafe"
)

// Intelligent says whether parts are sent in chunks that get smaller on a bad network.
type Intelligent int32

// The ways parts go up.
const (
	IntelligentOff      Intelligent = C.FERRY_INTELLIGENT_OFF      // plain parts
	IntelligentOn       Intelligent = C.FERRY_INTELLIGENT_ON       // chunks, if the account has it
	IntelligentFallback Intelligent = C.FERRY_INTELLIGENT_FALLBACK // plain until a part fails, then chunks
)

// String returns the word for the way, such as "fallback".
func (i Intelligent) String() string { return wordOf(int32(i), "off", "on", "fallback") }

// wordOf is the word for a number from 0 on.
func wordOf(number int32, words ...string) string {
	if number < 0 || int(number) >= len(words) {
		return "unknown"
	}
	return words[number]
}

// UploadFile uploads a file. Like all of these methods, it returns when the file is stored. To pause an
// upload, or to run it again after the end of a context, see [Client.NewUpload].
func (c *Client) UploadFile(ctx context.Context, path string, options ...UploadOption) (*Filelink, error) {
	call := begin(ctx)
	defer call.end()
	client, with, name := lend(call, c.client), call.upload(options), call.text("path", path)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_upload_file(client, name, with, out, err)
	})
}

// UploadBytes uploads bytes in memory. They are not copied: do not change them until the call returns.
func (c *Client) UploadBytes(ctx context.Context, data []byte, options ...UploadOption) (*Filelink, error) {
	call := begin(ctx)
	defer call.end()
	client, with := lend(call, c.client), call.upload(options)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		bytes := nonEmpty(data)
		return C.ferry_filestack_upload_bytes(
			client, unsafe.Pointer(&bytes[0]), C.size_t(len(data)), with, out, err)
	})
}

// UploadReader uploads what reader returns while it is read. size is the number of bytes, negative if
// unknown; if there are fewer or more, that is [ErrFileChanged]. Until a part is stored, an unlinked
// temporary file in /var/tmp (or /tmp) keeps it: at most 64 MiB, or four parts if those are more. If size is
// unknown, everything is read first, since the service must be told the size at the start; progress then
// reports the bytes read, with BytesTotal 0. reader is read on the goroutine that made the call, which
// returns its error. While it blocks, so does the call, even if the context ends.
func (c *Client) UploadReader(
	ctx context.Context, reader io.Reader, size int64, options ...UploadOption,
) (*Filelink, error) {
	call := begin(ctx)
	defer call.end()
	call.reader = reader
	client, with, data := lend(call, c.client), call.upload(options), call.data()
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_upload_reader(client, onRead, data, announced(size), with, out, err)
	})
}

// announced is the size of what a reader returns in C, negative if unknown.
func announced(size int64) C.uint64_t {
	if size < 0 {
		return C.FERRY_SIZE_UNKNOWN
	}
	return C.uint64_t(size)
}

// UploadReaderAt is [Client.UploadReader] for the first size bytes of reader.
func (c *Client) UploadReaderAt(
	ctx context.Context, reader io.ReaderAt, size int64, options ...UploadOption,
) (*Filelink, error) {
	return c.UploadReader(ctx, io.NewSectionReader(reader, 0, size), size, options...)
}

// UploadURL has the service fetch and store the file at url. It takes the options that say where and how
// to store, the tags, and those of every call; a type and a description are [ErrInvalidArgument].
func (c *Client) UploadURL(ctx context.Context, url string, options ...UploadOption) (*Filelink, error) {
	call := begin(ctx)
	defer call.end()
	client, with, address := lend(call, c.client), call.upload(options), call.text("url", url)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_upload_url(client, address, with, out, err)
	})
}

// WithFilename sets the name of the stored file. The default is the last element of the path, and
// "unnamed_file" for data.
func WithFilename(name string) NameOption { return nameOption(name) }

// WithLocation says where to store: "S3", "gcs", "azure", "rackspace" or "dropbox".
func WithLocation(name string) PlaceOption {
	return placeOption(func(s *placeSettings) { s.location = name })
}

// WithPath sets the folder (with a slash at its end) or the full key in the storage.
func WithPath(path string) PlaceOption {
	return placeOption(func(s *placeSettings) { s.path = path })
}

// WithContainer sets the bucket or container. The default is the account's.
func WithContainer(name string) PlaceOption {
	return placeOption(func(s *placeSettings) { s.container = name })
}

// WithRegion sets the region of the container.
func WithRegion(name string) PlaceOption {
	return placeOption(func(s *placeSettings) { s.region = name })
}

// WithAccess sets who may read the file in its storage: "public" or "private", which is the default.
func WithAccess(access string) PlaceOption {
	return placeOption(func(s *placeSettings) { s.access = access })
}

// WithWorkflows names 1 to 20 workflows to run on the stored file.
func WithWorkflows(ids ...string) PlaceOption {
	return placeOption(func(s *placeSettings) { s.workflows = ids })
}

// WithMimetype sets the type of the file. The default is derived from the extension of its name.
func WithMimetype(mimetype string) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.mimetype = mimetype })
}

// WithTags gives the file up to 10 tags: names up to 128, values up to 256 characters.
func WithTags(tags map[string]string) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.tags = tags })
}

// WithIntelligent chooses how parts are sent. The default is [IntelligentOff].
func WithIntelligent(mode Intelligent) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.intelligent = mode })
}

// WithPartSize sets the size of a part in bytes, 5 MiB to 5 GiB. The default is 5 MiB, and more where
// there would be over 10,000 parts. Intelligent uploads ignore it: their parts have 8 MiB.
func WithPartSize(bytes int64) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.partSize = bytes })
}

// WithConcurrency sets how many parts, and files of a batch, are sent at a time: 1 to 64. By default as many
// as make it faster: the number follows the line. Telestream may allow fewer.
func WithConcurrency(parts int) TransferOption { return concurrencyOption(parts) }

// WithBytesPerSecond limits how fast bytes pass, there and back: those of all calls of a client together, or
// of all connections of an upload. Both hold where both are set. 0 is the default: no limit. [Upload.Limit]
// changes that of an upload.
func WithBytesPerSecond(most uint64) LimitOption { return rateOption(most) }

// WithAltText describes a picture for people who cannot see it, in up to 125 characters.
func WithAltText(text string) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.altText = text })
}

// WithSanitizedFilename replaces each of \ { } | % ` " ' ~ [ ] # ^ < > in the name by "-", except in its
// extension.
func WithSanitizedFilename() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.sanitize = true })
}

// WithSingleRequest sends the file in one request instead of parts: for small files, a quarter of the round
// trips. What has to do with parts, tags, descriptions, regions and workflows cannot be set then, nor can a
// journal. The request is sent again only if it has surely not arrived; an error is final otherwise, and the
// file may be stored all the same.
func WithSingleRequest() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.single = true })
}

// WithJournal names a folder that keeps what the upload of a file needs to go on after the process has ended,
// however that happened: the same call in a new process goes on, and what the service has confirmed is not
// sent again. The folder is made if it is not there. See [Journals].
func WithJournal(folder string) TransferOption {
	return durableOption(func(s *durableSettings) { s.journal = &folder })
}

// WithRestart starts anew where the file or video may be stored already and the service cannot tell. Without
// it, that is [ErrNotReady]; with it, a second one is possible.
func WithRestart() TransferOption {
	return durableOption(func(s *durableSettings) { s.restart = true })
}

// journal is the folder in C, where an empty name is refused.
func (c *call) journal(s *durableSettings) *C.char {
	if s.journal == nil {
		return nil
	}
	return c.text("journal", *s.journal)
}

// upload sets the options of an upload in C.
func (c *call) upload(options []UploadOption) *C.ferry_upload_options {
	var s uploadSettings
	for _, option := range options {
		option.ofUpload(&s)
	}
	c.progress = s.progress
	with := &C.ferry_upload_options{}
	c.fill(with, &s)
	with.on_progress, with.user_data = c.watcher()
	return with
}

// fill sets the options of an upload in C, but for its callback.
func (c *call) fill(with *C.ferry_upload_options, s *uploadSettings) {
	C.ferry_upload_options_init(with, C.sizeof_ferry_upload_options)
	with.filename = c.optional("filename", s.filename)
	with.mimetype = c.optional("mimetype", s.mimetype)
	with.location = c.optional("location", s.location)
	with.path = c.optional("path", s.path)
	with.container = c.optional("container", s.container)
	with.region = c.optional("region", s.region)
	with.access = c.optional("access", s.access)
	with.workflows_json = c.json("workflows", s.workflows)
	with.tags_json = c.json("tags", s.tags)
	with.intelligent = C.int32_t(s.intelligent)
	if s.partSize < 0 {
		c.refuse("part size is less than 0")
	}
	with.part_size = C.uint64_t(s.partSize)
	with.concurrency = c.number("concurrency", s.concurrency)
	with.bytes_per_second = C.uint64_t(s.rate)
	with.security = c.security(s.security)
	with.alt_text = c.optional("alt text", s.altText)
	with.sanitize_filename = C.bool(s.sanitize)
	with.single_request = C.bool(s.single)
	with.deadline_ms = c.milliseconds("deadline", s.deadline)
	with.journal_dir, with.restart = c.journal(&s.durableSettings), C.bool(s.restart)
}

// filelink makes a call that gives a filelink.
func (c *call) filelink(
	run func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status,
) (*Filelink, error) {
	free := func(l *C.ferry_filelink) { C.ferry_filelink_free(l) }
	link, err := take(c, free, run)
	if err != nil {
		return nil, err
	}
	return &Filelink{own(link, free)}, nil
}
