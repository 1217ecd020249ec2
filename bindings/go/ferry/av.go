package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// AV is a conversion of audio or video, a job of the service. It may be used by any number of goroutines at
// once.
type AV struct {
	av *owned[*C.ferry_av]
}

// AVConvert starts the conversion of audio or video. It is sent again only if it has surely not arrived.
func (t *Transform) AVConvert(
	ctx context.Context, params VideoConvert, options ...RequestOption,
) (*AV, error) {
	call := begin(ctx)
	defer call.end()
	chain, with, what := lend(call, t.chain), call.request(options), call.json("params", params)
	free := func(a *C.ferry_av) { C.ferry_av_free(a) }
	av, err := take(call, free, func(out **C.ferry_av, err **C.ferry_error) C.ferry_status {
		return C.ferry_transform_av_convert(chain, what, with, out, err)
	})
	if err != nil {
		return nil, err
	}
	return &AV{own(av, free)}, nil
}

// UUID returns the id of the job.
func (a *AV) UUID() string {
	return look(a.av, func(a *C.ferry_av) *C.char { return C.ferry_av_uuid(a) })
}

// Timestamp returns when the job began; the zero time if the service does not tell.
func (a *AV) Timestamp() time.Time {
	text := look(a.av, func(a *C.ferry_av) *C.char { return C.ferry_av_timestamp(a) })
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0)
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// URL returns the URL of the conversion, unsigned.
func (a *AV) URL() string {
	return look(a.av, func(a *C.ferry_av) *C.char { return C.ferry_av_url(a) })
}

// Status asks the service for the state of the job: "started", "pending", "completed" or "failed".
func (a *AV) Status(ctx context.Context, options ...RequestOption) (string, error) {
	call := begin(ctx)
	defer call.end()
	av, with := lend(call, a.av), call.request(options)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		return C.ferry_av_status(av, with, out, err)
	})
}

// Wait waits until the conversion is completed, and returns the service's description of the result. The
// service is asked with pauses from 1 to 5 seconds. A conversion that has failed is [ErrHTTP] with the
// service's reason.
func (a *AV) Wait(ctx context.Context, options ...RequestOption) (json.RawMessage, error) {
	call := begin(ctx)
	defer call.end()
	av, with := lend(call, a.av), call.request(options)
	return call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_av_wait(av, with, out, err)
	})
}

// Filelink returns the converted file; [ErrNotReady] until Status or Wait has seen it completed. Nothing
// is sent.
func (a *AV) Filelink() (*Filelink, error) {
	call := begin(context.Background())
	defer call.end()
	av := lend(call, a.av)
	return call.filelink(func(out **C.ferry_filelink, err **C.ferry_error) C.ferry_status {
		return C.ferry_av_filelink(av, out, err)
	})
}

// Close frees the conversion; the job goes on.
func (a *AV) Close() error { return a.av.close() }
