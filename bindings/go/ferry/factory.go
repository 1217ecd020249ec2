package ferry

// #include <ferry.h>
import "C"

import "context"

// place is a factory of an account.
type place struct {
	telestream *Telestream
	id         string
}

// Factory is one factory: its videos, encodings, profiles and notifications.
type Factory struct{ place }

// Factory returns the factory with an id; "" is the client's own, see [WithFactory]. Nothing is sent.
func (t *Telestream) Factory(id string) Factory { return Factory{place{t, id}} }

// ID returns the id of the factory; "" for the client's own.
func (f Factory) ID() string { return f.id }

// String returns the word "Factory" and the id.
func (f Factory) String() string { return named("Factory", f.id) }

// Factories returns the factories of the account. Nothing is sent.
func (t *Telestream) Factories() Factories {
	return Factories{Collection[FactoryInfo, FactoryList]{place{t, ""}, C.FERRY_FACTORIES}}
}

// Videos returns the videos of the factory. Nothing is sent.
func (f Factory) Videos() Videos {
	return Videos{Collection[Video, VideoList]{f.place, C.FERRY_VIDEOS}}
}

// Encodings returns the encodings of the factory. Nothing is sent.
func (f Factory) Encodings() Encodings {
	return Encodings{Collection[Encoding, EncodingList]{f.place, C.FERRY_ENCODINGS}}
}

// Profiles returns the profiles of the factory. Nothing is sent.
func (f Factory) Profiles() Profiles {
	return Profiles{Collection[Profile, ProfileList]{f.place, C.FERRY_PROFILES}}
}

// Notifications returns where the factory sends its notifications, and of which events.
func (f Factory) Notifications(
	ctx context.Context, options ...TelestreamRequestOption,
) (Notifications, error) {
	return ask[Notifications](ctx, f.place, "", nil, options, func(q question) C.ferry_status {
		return C.ferry_telestream_notifications(q.account, q.factory, q.with, q.out, q.err)
	})
}

// UpdateNotifications changes what params have.
func (f Factory) UpdateNotifications(
	ctx context.Context, params NotificationsParams, options ...TelestreamRequestOption,
) (Notifications, error) {
	return ask[Notifications](ctx, f.place, "", params, options, func(q question) C.ferry_status {
		return C.ferry_telestream_notifications_update(q.account, q.factory, q.params, q.with, q.out, q.err)
	})
}

// question is the arguments of a request to a factory, in C.
type question struct {
	account             *C.ferry_telestream
	factory, id, params *C.char
	with                *C.ferry_request_options
	out                 **C.ferry_value
	err                 **C.ferry_error
}

// sender makes a call with the arguments of a question.
type sender func(q question) C.ferry_status

// ask sends a request to a factory and decodes the answer.
func ask[T any](
	ctx context.Context, at place, id string, params any, options []TelestreamRequestOption, send sender,
) (answer T, err error) {
	call := begin(ctx)
	defer call.end()
	q := question{
		account: lend(call, at.telestream.account),
		factory: call.optional("factory", at.id),
		id:      call.text("id", id),
		params:  call.json("params", params),
		with:    call.telestreamRequest(options),
	}
	value, err := call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		q.out, q.err = out, err
		return send(q)
	})
	if err == nil {
		err = decode(value, &answer)
	}
	return answer, err
}
