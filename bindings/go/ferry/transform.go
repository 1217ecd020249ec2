package ferry

// #include <ferry.h>
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
)

// Task is one step of a chain: [Resize], [Rotate] and so on. Fields that are empty are not sent; where a zero
// means something a field is a pointer: see [Int], [Float] and [Bool].
type Task interface{ taskName() string }

// Int is for fields of tasks where 0 means something: ferry.Int(0).
func Int(value int) *int { return &value }

// Float is for fields of tasks where 0 means something: ferry.Float(0.5).
func Float(value float64) *float64 { return &value }

// Bool is for fields of tasks where false is not the default: ferry.Bool(false).
func Bool(value bool) *bool { return &value }

// Transform is a file, or several, and what is done to it, task after task. Add changes it, on one goroutine
// at a time; all else may be used by any number of goroutines at once.
type Transform struct {
	chain *owned[*C.ferry_transform]
}

// Transform makes a chain. source is a file's handle, an http or https URL, or a storage alias
// "src://alias/path". Nothing is sent. A task that is not as its documentation says is [ErrInvalidArgument],
// which says what is allowed.
func (c *Client) Transform(source string, tasks ...Task) (*Transform, error) {
	call := begin(context.Background())
	defer call.end()
	client, from := lend(call, c.client), call.text("source", source)
	return call.transform(tasks, func(out **C.ferry_transform, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_new(client, from, out, err)
	})
}

// TransformList makes a chain over several files, each as [Client.Transform] takes it, for the tasks that
// join files: [Collage], [Animate], [Zip].
func (c *Client) TransformList(sources []string, tasks ...Task) (*Transform, error) {
	call := begin(context.Background())
	defer call.end()
	client, from := lend(call, c.client), call.texts("sources", sources)
	return call.transform(tasks, func(out **C.ferry_transform, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_new_list(client, from, C.size_t(len(sources)), out, err)
	})
}

// Screenshot makes a chain that starts with a picture of the page at url. Nothing is sent.
func (c *Client) Screenshot(url string, screenshot URLScreenshot, tasks ...Task) (*Transform, error) {
	call := begin(context.Background())
	defer call.end()
	client, page, params := lend(call, c.client), call.text("url", url), call.params(screenshot)
	return call.transform(tasks, func(out **C.ferry_transform, err **C.ferry_error) C.ferry_status {
		return C.ferry_filestack_screenshot(client, page, params, out, err)
	})
}

// params writes the parameters of a task that takes numbers and words as in a URL: words stand in double
// quotes there too.
func (c *call) params(task Task) *C.char {
	fields := map[string]json.RawMessage{}
	text, err := encode(task)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		c.refuse(err.Error())
	}
	pairs := make([]string, 0, len(fields))
	for name, value := range fields {
		if bytes.ContainsRune(value, '\\') {
			c.refuse(name + " has a character that no URL can carry")
		}
		pairs = append(pairs, name+":"+string(value))
	}
	return c.optional("params", strings.Join(pairs, ","))
}

// transform makes a call that gives a chain, and adds tasks to it.
func (c *call) transform(
	tasks []Task, run func(out **C.ferry_transform, err **C.ferry_error) C.ferry_status,
) (*Transform, error) {
	var chain *C.ferry_transform
	if err := c.do(func(err **C.ferry_error) C.ferry_status { return run(&chain, err) }); err != nil {
		return nil, err
	}
	t := &Transform{own(chain, func(t *C.ferry_transform) { C.ferry_transform_free(t) })}
	if err := t.Add(tasks...); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Add adds tasks, one after the other. The first that is refused, and those behind it, leave the chain as it
// was.
func (t *Transform) Add(tasks ...Task) error {
	for _, task := range tasks {
		if err := t.add(task); err != nil {
			return err
		}
	}
	return nil
}

func (t *Transform) add(task Task) error {
	if task, ok := task.(interface{ bareWord() string }); ok && task.bareWord() != "" {
		return t.AddText(task.(Task).taskName(), task.bareWord())
	}
	return t.AddJSON(task.taskName(), task)
}

// AddJSON adds a task by its name, its parameters as what becomes a JSON object, such as a map[string]any or
// a [json.RawMessage]; nil for none. It is checked as the others are. What is in it goes into the URL, also
// where it is the default, which the structs leave out.
func (t *Transform) AddJSON(task string, params any) error {
	call := begin(context.Background())
	defer call.end()
	chain, name, fields := lend(call, t.chain), call.text("task", task), call.json("params", params)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_add_json(chain, name, fields, err)
	})
}

// AddText adds a task by its name, its parameters as in a URL: "width:500,align:[top,left]", not
// percent-encoded. It is checked as the others are.
func (t *Transform) AddText(task, params string) error {
	call := begin(context.Background())
	defer call.end()
	chain, name, text := lend(call, t.chain), call.text("task", task), call.text("params", params)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_add(chain, name, text, err)
	})
}

// AddRaw adds an element of the URL as it is, "new_task=k:v", unchecked: for what this version of the library
// does not know.
func (t *Transform) AddRaw(element string) error {
	call := begin(context.Background())
	defer call.end()
	chain, text := lend(call, t.chain), call.text("element", element)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_add_raw(chain, text, err)
	})
}

// WithAPIKey says whether the API key stands in the URL of a handle too, as some accounts want it; it always
// does for other sources. Like Add it changes the chain.
func (t *Transform) WithAPIKey(always bool) {
	t.chain.with(func(chain *C.ferry_transform) { C.ferry_transform_with_apikey(chain, C.bool(always)) })
}

// Clone returns a copy, to go on in two directions.
func (t *Transform) Clone() (*Transform, error) {
	call := begin(context.Background())
	defer call.end()
	chain := lend(call, t.chain)
	return call.transform(nil, func(out **C.ferry_transform, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_clone(chain, out, err)
	})
}

// URL returns the address of the result, unsigned. Any client can send it as it is.
func (t *Transform) URL() (string, error) {
	call := begin(context.Background())
	defer call.end()
	chain := lend(call, t.chain)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_url(chain, out, err)
	})
}

// String returns the address of the result, unsigned; why there is none, if there is none.
func (t *Transform) String() string {
	url, err := t.URL()
	if err != nil {
		return err.Error()
	}
	return url
}

// SignedURL returns the address of the result with a policy and its signature; nil: the client's security.
func (t *Transform) SignedURL(security *Security) (string, error) {
	call := begin(context.Background())
	defer call.end()
	chain, with := lend(call, t.chain), call.security(security)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_signed_url(chain, with, out, err)
	})
}

// Base64URL returns the address of the result in base64 form, for sources and values that no path can
// carry. It is signed with security, or for nil with the client's, if there is one.
func (t *Transform) Base64URL(security *Security) (string, error) {
	call := begin(context.Background())
	defer call.end()
	chain, with := lend(call, t.chain), call.security(security)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_base64_url(chain, with, out, err)
	})
}

// Download runs the chain and writes the result to path, replacing what is there once all bytes have
// arrived. It returns the number of bytes.
func (t *Transform) Download(ctx context.Context, path string, options ...RequestOption) (int64, error) {
	call := begin(ctx)
	defer call.end()
	chain, with, target := lend(call, t.chain), call.request(options), call.text("path", path)
	return call.length(func(out *C.uint64_t, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_download(chain, target, with, out, err)
	})
}

// Content runs the chain and returns the result, at most 1 GiB.
func (t *Transform) Content(ctx context.Context, options ...RequestOption) ([]byte, error) {
	call := begin(ctx)
	defer call.end()
	chain, with := lend(call, t.chain), call.request(options)
	return call.bytes(func(out **C.ferry_bytes, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_content(chain, with, out, err)
	})
}

// Stream runs the chain and writes the result to writer, piece by piece, on the goroutine that made the
// call, each byte once. It returns the number of bytes. After a cut only the rest is asked for, and only of
// a result that has a strong ETag. It returns an error of writer.
func (t *Transform) Stream(ctx context.Context, writer io.Writer, options ...RequestOption) (int64, error) {
	call := begin(ctx)
	defer call.end()
	call.writer = writer
	chain, with, data := lend(call, t.chain), call.request(options), call.data()
	return call.length(func(out *C.uint64_t, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_stream(chain, onWrite, data, with, out, err)
	})
}

// JSON runs a chain whose last task answers with JSON, such as [Tags], [SFW], [OCR] or [Imagesize].
func (t *Transform) JSON(ctx context.Context, options ...RequestOption) (json.RawMessage, error) {
	call := begin(ctx)
	defer call.end()
	chain, with := lend(call, t.chain), call.request(options)
	return call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_json(chain, with, out, err)
	})
}

// Store runs the chain and stores the result as a new file; the chain stays as it is. It is sent again
// only if it has surely not arrived.
func (t *Transform) Store(ctx context.Context, options ...StoreOption) (*Filelink, error) {
	call := begin(ctx)
	defer call.end()
	chain, with := lend(call, t.chain), call.store(options)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_store(chain, with, out, err)
	})
}

// Close frees the chain.
func (t *Transform) Close() error { return t.chain.close() }

// WithBase64Decode says that the result is base64 text, to be stored decoded.
func WithBase64Decode() StoreOption {
	return storeOption(func(s *storeSettings) { s.base64 = true })
}

// store sets the options of storing in C.
func (c *call) store(options []StoreOption) *C.ferry_store_options {
	var s storeSettings
	for _, option := range options {
		option.ofStore(&s)
	}
	c.progress = s.progress
	with := &C.ferry_store_options{}
	C.ferry_store_options_init(with, C.sizeof_ferry_store_options)
	with.filename = c.optional("filename", s.filename)
	with.location = c.optional("location", s.location)
	with.path = c.optional("path", s.path)
	with.container = c.optional("container", s.container)
	with.region = c.optional("region", s.region)
	with.access = c.optional("access", s.access)
	with.workflows_json = c.json("workflows", s.workflows)
	with.base64decode = C.bool(s.base64)
	with.security = c.security(s.security)
	with.deadline_ms = c.milliseconds("deadline", s.deadline)
	with.on_progress, with.user_data = c.watcher()
	return with
}
