package ferry

// #include <ferry.h>
import "C"

import "context"

// place is a factory of an account.
type place struct {
	telestream *Telestream
	id         string
}

// Factory is what a factory holds.
type Factory struct{ place }

// Factory is what a factory holds; "" is the client's own, see [WithFactory]. Nothing is sent.
func (t *Telestream) Factory(id string) Factory { return Factory{place{t, id}} }

// Factories are those of the account.
func (t *Telestream) Factories() Factories {
	return Factories{Collection[FactoryInfo]{place{t, ""}, C.FERRY_FACTORIES}}
}

// Videos are the files that were sent to the factory.
func (f Factory) Videos() Videos { return Videos{Collection[Video]{f.place, C.FERRY_VIDEOS}} }

// Encodings are the factory's videos in the forms that profiles ask for.
func (f Factory) Encodings() Encodings {
	return Encodings{Collection[Encoding]{f.place, C.FERRY_ENCODINGS}}
}

// Profiles are how the factory encodes.
func (f Factory) Profiles() Profiles { return Profiles{Collection[Profile]{f.place, C.FERRY_PROFILES}} }

// Notifications are where the factory sends its notifications, and of which events.
func (f Factory) Notifications(ctx context.Context) (Notifications, error) {
	return ask[Notifications](ctx, f.place, "", nil, func(q question, out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_notifications(q.account, q.factory, out, err)
	})
}

// UpdateNotifications changes the given ones of "url", "delay" (seconds), "send_video_payload" and "events": an object of "video_created",
// "video_encoded", "encoding_progress" and "encoding_completed", each true or false.
func (f Factory) UpdateNotifications(ctx context.Context, params Params) (Notifications, error) {
	return ask[Notifications](ctx, f.place, "", params, func(q question, out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_telestream_notifications_update(q.account, q.factory, q.params, out, err)
	})
}

// question is what a request says, in C.
type question struct {
	account             *C.ferry_telestream
	factory, id, params *C.char
	with                *C.ferry_request_options
}

// sender makes a call that answers a question.
type sender func(q question, out **C.ferry_value, err **C.ferry_error) C.ferry_status

// ask sends a request to a factory and reads the answer.
func ask[T any](ctx context.Context, at place, id string, params Params, send sender) (T, error) {
	return detached(ctx, func(call *call) (T, error) { return answer[T](call, call.question(at, id, params), send) })
}

// await is ask for what takes several requests, and can be watched and interrupted.
func await[T any](ctx context.Context, at place, id string, params Params, options []RequestOption, send sender) (T, error) {
	call := begin(ctx)
	defer call.end()
	q := call.question(at, id, params)
	q.with = call.request(options)
	return answer[T](call, q, send)
}

func (c *call) question(at place, id string, params Params) question {
	return question{
		account: lend(c, at.telestream.account),
		factory: c.optional("factory", at.id),
		id:      c.text("id", id),
		params:  c.json("params", params),
	}
}

func answer[T any](call *call, q question, send sender) (answer T, err error) {
	value, err := call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status { return send(q, out, err) })
	if err == nil {
		err = decode(value, &answer)
	}
	return answer, err
}
