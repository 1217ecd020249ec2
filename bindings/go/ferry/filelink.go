package ferry

// #include <ferry.h>
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"
	"unsafe"
)

// Filelink is a file in the cloud. It may be used by any number of goroutines at once.
type Filelink struct {
	link *owned[*C.ferry_filelink]
}

// Filelink returns a stored file by its handle. Nothing is sent.
func (c *Client) Filelink(handle string) (*Filelink, error) {
	call := begin(context.Background())
	defer call.end()
	client, name := lend(call, c.client), call.text("handle", handle)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_new(client, name, out, err)
	})
}

// Handle returns the handle: the last element of the URL.
func (l *Filelink) Handle() string {
	return look(l.link, func(l *C.ferry_filelink) *C.char { return C.ferry_filelink_handle(l) })
}

// URL returns the address, never signed.
func (l *Filelink) URL() string {
	return look(l.link, func(l *C.ferry_filelink) *C.char { return C.ferry_filelink_url(l) })
}

// String returns the address.
func (l *Filelink) String() string { return l.URL() }

// MarshalText writes the handle, which [Client.Filelink] takes.
func (l *Filelink) MarshalText() ([]byte, error) { return []byte(l.Handle()), nil }

// SignedURL returns the address with a policy and its signature; nil: the security that the filelink was
// made with.
func (l *Filelink) SignedURL(security *Security) (string, error) {
	call := begin(context.Background())
	defer call.end()
	link, with := lend(call, l.link), call.security(security)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_signed_url(link, with, out, err)
	})
}

// Download writes the file to path, replacing what is there once all bytes have arrived. It returns the
// number of bytes.
func (l *Filelink) Download(ctx context.Context, path string, options ...RequestOption) (int64, error) {
	call := begin(ctx)
	defer call.end()
	link, with, target := lend(call, l.link), call.request(options), call.text("path", path)
	return call.length(func(out *C.uint64_t, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_download(link, target, with, out, err)
	})
}

// Content returns the bytes of the file, at most 1 GiB.
func (l *Filelink) Content(ctx context.Context, options ...RequestOption) ([]byte, error) {
	call := begin(ctx)
	defer call.end()
	link, with := lend(call, l.link), call.request(options)
	return call.bytes(func(out **C.ferry_bytes, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_content(link, with, out, err)
	})
}

// FileMetadata is what the service knows of a file. What it was not asked for or does not know is empty.
type FileMetadata struct {
	Filename  string    `json:"filename,omitempty"`
	Mimetype  string    `json:"mimetype,omitempty"`
	Size      int64     `json:"size,omitempty"`   // bytes
	Width     int       `json:"width,omitempty"`  // pixels
	Height    int       `json:"height,omitempty"` // pixels
	Uploaded  time.Time `json:"-"`
	Writeable bool      `json:"writeable,omitempty"`
	Cloud     string    `json:"cloud,omitempty"`
	SourceURL string    `json:"source_url,omitempty"`
	Location  string    `json:"location,omitempty"`
	Container string    `json:"container,omitempty"`
	Path      string    `json:"path,omitempty"`
	Key       string    `json:"key,omitempty"`
	MD5       string    `json:"md5,omitempty"`
	SHA1      string    `json:"sha1,omitempty"`
	SHA224    string    `json:"sha224,omitempty"`
	SHA256    string    `json:"sha256,omitempty"`
	SHA384    string    `json:"sha384,omitempty"`
	SHA512    string    `json:"sha512,omitempty"`
	// Raw is the whole answer.
	Raw json.RawMessage `json:"-"`
}

// uploaded is the field of [FileMetadata] that JSON has in another form than Go: milliseconds.
type uploaded struct {
	Uploaded float64 `json:"uploaded,omitempty"`
}

// UnmarshalJSON reads what the service answers.
func (m *FileMetadata) UnmarshalJSON(answer []byte) error {
	type fields FileMetadata
	*m = FileMetadata{Raw: bytes.Clone(answer)}
	var at uploaded
	err := decodeAll(answer, (*fields)(m), &at)
	if at.Uploaded != 0 {
		m.Uploaded = time.UnixMilli(int64(at.Uploaded))
	}
	return err
}

// MarshalJSON writes what the service answers.
func (m FileMetadata) MarshalJSON() ([]byte, error) {
	type fields FileMetadata
	var at uploaded
	if !m.Uploaded.IsZero() {
		at.Uploaded = float64(m.Uploaded.UnixMilli())
	}
	return encodeAll(m.Raw, fields(m), at)
}

// Metadata returns attributes of the file, such as "size" and "md5". If none is named the service chooses.
func (l *Filelink) Metadata(
	ctx context.Context, attributes []string, options ...RequestOption,
) (*FileMetadata, error) {
	call := begin(ctx)
	defer call.end()
	link, with := lend(call, l.link), call.request(options)
	names := call.optional("attributes", strings.Join(attributes, ","))
	answer, err := call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_metadata(link, names, with, out, err)
	})
	if err != nil {
		return nil, err
	}
	metadata := &FileMetadata{}
	return metadata, metadata.UnmarshalJSON(answer)
}

// Answer returns what the service said when the file was stored; only the handle if the filelink was made
// from one. Nothing is sent.
func (l *Filelink) Answer() (json.RawMessage, error) {
	call := begin(context.Background())
	defer call.end()
	link := lend(call, l.link)
	return call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_answer(link, out, err)
	})
}

// Delete deletes the file. It needs a security.
func (l *Filelink) Delete(ctx context.Context, options ...RequestOption) error {
	return l.delete(ctx, false, options)
}

// Forget deletes the handle and leaves the object in the storage. It needs a security.
func (l *Filelink) Forget(ctx context.Context, options ...RequestOption) error {
	return l.delete(ctx, true, options)
}

func (l *Filelink) delete(ctx context.Context, keepStored bool, options []RequestOption) error {
	call := begin(ctx)
	defer call.end()
	link, with := lend(call, l.link), call.request(options)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_delete(link, C.bool(keepStored), with, err)
	})
}

// OverwriteFile replaces the bytes of the stored file by those of the file at path. Its name and type
// stay. It needs a security.
func (l *Filelink) OverwriteFile(ctx context.Context, path string, options ...RequestOption) error {
	call := begin(ctx)
	defer call.end()
	link, with, source := lend(call, l.link), call.request(options), call.text("path", path)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_overwrite_file(link, source, with, err)
	})
}

// OverwriteBytes is [Filelink.OverwriteFile] with bytes in memory. They are not copied.
func (l *Filelink) OverwriteBytes(ctx context.Context, data []byte, options ...RequestOption) error {
	call := begin(ctx)
	defer call.end()
	link, with := lend(call, l.link), call.request(options)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		bytes := nonEmpty(data)
		return C.ferry_filelink_overwrite_bytes(
			link, unsafe.Pointer(&bytes[0]), C.size_t(len(data)), with, err)
	})
}

// OverwriteURL is [Filelink.OverwriteFile] with what the service finds at url. decodeBase64 says that this
// is base64 text, to be stored decoded.
func (l *Filelink) OverwriteURL(
	ctx context.Context, url string, decodeBase64 bool, options ...RequestOption,
) error {
	call := begin(ctx)
	defer call.end()
	link, with, source := lend(call, l.link), call.request(options), call.text("url", url)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_filelink_overwrite_url(link, source, C.bool(decodeBase64), with, err)
	})
}

// Close frees the filelink; the file stays where it is.
func (l *Filelink) Close() error { return l.link.close() }
