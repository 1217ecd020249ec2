package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// largestPage is how many objects the service gives in one answer at most.
const largestPage = 100

// Collection holds the objects T of one kind of a factory, which are listed as L says.
type Collection[T, L any] struct {
	place
	resource C.int32_t
}

// List returns one page, the first unless params say another one; they may be nil.
func (c Collection[T, L]) List(
	ctx context.Context, params *L, options ...TelestreamRequestOption,
) ([]T, error) {
	return c.page(ctx, params, options)
}

func (c Collection[T, L]) page(
	ctx context.Context, params any, options []TelestreamRequestOption,
) ([]T, error) {
	return ask[[]T](ctx, c.place, "", params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_list(q.account, c.resource, q.factory, q.params, q.with, q.out, q.err)
	})
}

// All goes through all pages, from 1 on or Page of params, which may be nil. A page is asked for when it is
// needed. An error is the last that comes; a PerPage that is not from 1 to 100 is [ErrInvalidArgument]. Since
// Go 1.23 it can be ranged over:
//
//	for video, err := range factory.Videos().All(ctx, nil) {
func (c Collection[T, L]) All(
	ctx context.Context, params *L, options ...TelestreamRequestOption,
) func(yield func(T, error) bool) {
	return pages(params, func(params Params) ([]T, error) { return c.page(ctx, params, options) })
}

// pages yields page after page, until one is not full.
func pages[T any](params any, list func(Params) ([]T, error)) func(yield func(T, error) bool) {
	return func(yield func(T, error) bool) {
		var none T
		asked, size, page, err := firstPage(params)
		if err != nil {
			yield(none, err)
			return
		}
		for ; ; page++ {
			asked["page"] = page
			found, err := list(asked)
			if err != nil {
				yield(none, err)
				return
			}
			for _, object := range found {
				if !yield(object, nil) {
					return
				}
			}
			if len(found) < size {
				return
			}
		}
	}
}

// firstPage is what is asked for the first of all pages: their size too, for one that has less is the last.
func firstPage(params any) (asked Params, size, page int, err error) {
	if asked, err = members(params); err != nil {
		return nil, 0, 0, invalid("params: " + err.Error())
	}
	size, page = wholeNumber(asked, "per_page", largestPage), wholeNumber(asked, "page", 1)
	switch {
	case size < 1 || size > largestPage:
		err = invalid(fmt.Sprint("params: per_page must be from 1 to ", largestPage))
	case page < 1:
		err = invalid("params: page must be a whole number from 1 on")
	}
	asked["per_page"] = size
	return asked, size, page, err
}

// wholeNumber is a parameter that is a whole number, or else 0; otherwise if it is not there.
func wholeNumber(params Params, name string, otherwise int) int {
	value, isThere := params[name]
	if !isThere {
		return otherwise
	}
	number, _ := value.(json.Number)
	whole, err := strconv.Atoi(string(number))
	if err != nil {
		return 0
	}
	return whole
}

// Collect returns the objects of all pages. params are as for [Collection.List], but without Page.
func (c Collection[T, L]) Collect(
	ctx context.Context, params *L, options ...TelestreamRequestOption,
) ([]T, error) {
	return ask[[]T](ctx, c.place, "", params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_list_all(q.account, c.resource, q.factory, q.params, q.with, q.out, q.err)
	})
}

// Find returns one object by its id, a profile also by its name.
func (c Collection[T, L]) Find(
	ctx context.Context, id string, options ...TelestreamRequestOption,
) (T, error) {
	return c.find(ctx, id, nil, options)
}

func (c Collection[T, L]) find(
	ctx context.Context, id string, params Params, options []TelestreamRequestOption,
) (T, error) {
	return ask[T](ctx, c.place, id, params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_find(q.account, c.resource, q.factory, q.id, q.params, q.with, q.out, q.err)
	})
}

func (c Collection[T, L]) create(
	ctx context.Context, params any, options []TelestreamRequestOption,
) (T, error) {
	return ask[T](ctx, c.place, "", params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_create(q.account, c.resource, q.factory, q.params, q.with, q.out, q.err)
	})
}

func (c Collection[T, L]) update(
	ctx context.Context, id string, params any, options []TelestreamRequestOption,
) (T, error) {
	return ask[T](ctx, c.place, id, params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_update(
			q.account, c.resource, q.factory, q.id, q.params, q.with, q.out, q.err)
	})
}

func (c Collection[T, L]) delete(ctx context.Context, id string, options []TelestreamRequestOption) error {
	return c.tell(ctx, id, options, func(q question) C.ferry_status {
		return C.ferry_telestream_delete(q.account, c.resource, q.factory, q.id, q.with, q.out, q.err)
	})
}

// tell sends a request whose answer says nothing.
func (c Collection[T, L]) tell(
	ctx context.Context, id string, options []TelestreamRequestOption, send sender,
) error {
	_, err := ask[json.RawMessage](ctx, c.place, id, nil, options, send)
	return err
}

// Factories are the factories of an account.
type Factories struct {
	Collection[FactoryInfo, FactoryList]
}

// Create makes a factory. Like every Create, it is sent again only if it has surely not arrived.
func (f Factories) Create(
	ctx context.Context, params FactoryParams, options ...TelestreamRequestOption,
) (FactoryInfo, error) {
	return f.create(ctx, params, options)
}

// Update changes the given members of a factory.
func (f Factories) Update(
	ctx context.Context, id string, params FactoryParams, options ...TelestreamRequestOption,
) (FactoryInfo, error) {
	return f.update(ctx, id, params, options)
}

// Videos are the videos of a factory: the files that were sent to it.
type Videos struct{ Collection[Video, VideoList] }

// Create makes a video of a SourceURL, or of a File that is sent in this one request; for larger ones see
// [Factory.NewUpload].
func (v Videos) Create(
	ctx context.Context, params VideoParams, options ...TelestreamRequestOption,
) (Video, error) {
	return v.create(ctx, params, options)
}

// Delete removes a video with all its files.
func (v Videos) Delete(ctx context.Context, id string, options ...TelestreamRequestOption) error {
	return v.delete(ctx, id, options)
}

// Encodings returns one page of the encodings of a video. params may be nil.
func (v Videos) Encodings(
	ctx context.Context, id string, params *EncodingList, options ...TelestreamRequestOption,
) ([]Encoding, error) {
	return ask[[]Encoding](ctx, v.place, id, params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_video_encodings(q.account, q.factory, q.id, q.params, q.with, q.out, q.err)
	})
}

// Metadata returns what the service has read from the file of a video: duration, codecs, sizes. The names
// depend on the kind of file.
func (v Videos) Metadata(
	ctx context.Context, id string, options ...TelestreamRequestOption,
) (map[string]any, error) {
	return ask[map[string]any](ctx, v.place, id, nil, options, func(q question) C.ferry_status {
		return C.ferry_telestream_video_metadata(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// DeleteSource deletes the file that a video was made from, and keeps its encodings.
func (v Videos) DeleteSource(ctx context.Context, id string, options ...TelestreamRequestOption) error {
	return v.tell(ctx, id, options, func(q question) C.ferry_status {
		return C.ferry_telestream_video_delete_source(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// Wait waits until the service has stored a video; its encodings may still be under way. The service is
// asked with pauses from 1 to 5 seconds. A video that has failed is [ErrHTTP] with the service's reason.
func (v Videos) Wait(ctx context.Context, id string, options ...TelestreamRequestOption) (Video, error) {
	return ask[Video](ctx, v.place, id, nil, options, func(q question) C.ferry_status {
		return C.ferry_telestream_video_wait(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// WaitEncodings waits until a video is stored and none of its encodings is under way. It returns those
// that have failed too: their Status is "fail". Progress is reported in percent: 100 for each encoding.
func (v Videos) WaitEncodings(
	ctx context.Context, id string, options ...TelestreamRequestOption,
) ([]Encoding, error) {
	return ask[[]Encoding](ctx, v.place, id, nil, options, func(q question) C.ferry_status {
		return C.ferry_telestream_video_encodings_wait(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// Encodings are the encodings of a factory: its videos in the formats of its profiles.
type Encodings struct {
	Collection[Encoding, EncodingList]
}

// FindScreenshots is Find that fills [Encoding.Screenshots] too.
func (e Encodings) FindScreenshots(
	ctx context.Context, id string, options ...TelestreamRequestOption,
) (Encoding, error) {
	return e.find(ctx, id, Params{"screenshots": true}, options)
}

// Create encodes a video with a profile.
func (e Encodings) Create(
	ctx context.Context, params EncodingParams, options ...TelestreamRequestOption,
) (Encoding, error) {
	return e.create(ctx, params, options)
}

// Update changes the given members of an encoding. Only a client with an API key can do so; see
// [NewTelestreamWithAPIKey].
func (e Encodings) Update(
	ctx context.Context, id string, params EncodingParams, options ...TelestreamRequestOption,
) (Encoding, error) {
	return e.update(ctx, id, params, options)
}

// Delete removes an encoding with its files.
func (e Encodings) Delete(ctx context.Context, id string, options ...TelestreamRequestOption) error {
	return e.delete(ctx, id, options)
}

// Retry starts a failed encoding again. It is sent again only if it has surely not arrived.
func (e Encodings) Retry(ctx context.Context, id string, options ...TelestreamRequestOption) error {
	return e.tell(ctx, id, options, func(q question) C.ferry_status {
		return C.ferry_telestream_encoding_retry(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// Cancel stops an encoding. It is sent again only if it has surely not arrived.
func (e Encodings) Cancel(ctx context.Context, id string, options ...TelestreamRequestOption) error {
	return e.tell(ctx, id, options, func(q question) C.ferry_status {
		return C.ferry_telestream_encoding_cancel(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// Wait waits until an encoding is done. One that has failed is [ErrHTTP] with the service's reason.
// Progress is reported in percent: BytesDone of 100.
func (e Encodings) Wait(
	ctx context.Context, id string, options ...TelestreamRequestOption,
) (Encoding, error) {
	return ask[Encoding](ctx, e.place, id, nil, options, func(q question) C.ferry_status {
		return C.ferry_telestream_encoding_wait(q.account, q.factory, q.id, q.with, q.out, q.err)
	})
}

// Profiles are the profiles of a factory: the formats that it encodes to.
type Profiles struct {
	Collection[Profile, ProfileList]
}

// FindExpanded is Find with every parameter in Raw, also defaults.
func (p Profiles) FindExpanded(
	ctx context.Context, id string, options ...TelestreamRequestOption,
) (Profile, error) {
	return p.find(ctx, id, Params{"expand": true}, options)
}

// Create makes a profile of a PresetName, or of a Command and an Extname.
func (p Profiles) Create(
	ctx context.Context, params ProfileParams, options ...TelestreamRequestOption,
) (Profile, error) {
	return p.create(ctx, params, options)
}

// Update changes the given members of a profile.
func (p Profiles) Update(
	ctx context.Context, id string, params ProfileParams, options ...TelestreamRequestOption,
) (Profile, error) {
	return p.update(ctx, id, params, options)
}

// Delete removes a profile.
func (p Profiles) Delete(ctx context.Context, id string, options ...TelestreamRequestOption) error {
	return p.delete(ctx, id, options)
}
