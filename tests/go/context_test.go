package ferrytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// cancelledAt calls with a context that is cancelled once the cloud has a request of that class ("": of any),
// which it does not answer: the call must end within a second.
func cancelledAt(
	t *testing.T, name, class string, call func(context.Context) error,
) (context.Context, error) {
	t.Helper()
	control(t, "DELETE", "requests", "")
	type request struct{ Class string }
	isThere := func() bool {
		for _, it := range parse[[]request](t, control(t, "GET", "requests", "")) {
			if class == "" || it.Class == class {
				return true
			}
		}
		return false
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- call(ctx) }()
	for !isThere() {
		select {
		case err := <-ended:
			t.Fatalf("%s: %v, before it was cancelled", name, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancelled := time.Now()
	cancel()
	err := <-ended
	if took := time.Since(cancelled); took > time.Second {
		t.Errorf("%s: it took %v to end", name, took)
	}
	return ctx, err
}

func TestContextCancels(t *testing.T) {
	client := start(t)
	faults(t, `[{"class": "put", "action": {"stall_ms": 60000}}]`)
	data := noise(size)
	path := file(t, data)
	for name, send := range map[string]func(context.Context) (*ferry.Filelink, error){
		"path":   func(ctx context.Context) (*ferry.Filelink, error) { return client.UploadFile(ctx, path) },
		"memory": func(ctx context.Context) (*ferry.Filelink, error) { return client.UploadBytes(ctx, data) },
		"reader": func(ctx context.Context) (*ferry.Filelink, error) {
			return client.UploadReader(ctx, bytes.NewReader(data), size)
		},
	} {
		ctx, err := cancelledAt(t, name, "put", func(ctx context.Context) error {
			_, err := send(ctx)
			return err
		})
		if !errors.Is(err, context.Canceled) || !errors.Is(err, ferry.ErrCancelled) {
			t.Errorf("%s: %v, not cancelled", name, err)
		}
		if _, err := send(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, though the context has ended", name, err)
		}
	}
	ctx, cancel := context.WithTimeout(background, 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := client.UploadBytes(ctx, data); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, not too late", err)
	}
	if took := time.Since(began); took > 1300*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestContextEndsWhileItIsRead(t *testing.T) {
	client := start(t)
	ctx, cancel := context.WithCancel(background)
	_, err := client.UploadReader(ctx, readerFunc(func(buffer []byte) (int, error) {
		cancel()
		return len(buffer), nil
	}), -1)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ferry.ErrCancelled) {
		t.Errorf("%v, not cancelled", err)
	}
}

// sent is which parts the cloud has answered with 200 since the last call, and how many requests deleted a
// session.
func sent(t *testing.T) (parts map[int]int, aborted int) {
	t.Helper()
	parts = map[int]int{}
	type request struct {
		Class  string
		Part   int
		Status *int
	}
	for _, it := range parse[[]request](t, control(t, "GET", "requests", "")) {
		if (it.Class == "put" || it.Class == "flip_part") && it.Status != nil && *it.Status/100 == 2 {
			parts[it.Part]++
		}
		if it.Class == "flip_abort" {
			aborted++
		}
	}
	control(t, "DELETE", "requests", "")
	return parts, aborted
}

// endsWithItsContext runs an upload with a context that ends when its third part is under way, and then again
// to the end: the parts that are confirmed must not be sent again, and nothing may be deleted.
func endsWithItsContext(
	t *testing.T, stalled string, first int, make func(ferry.CallOption) (*ferry.Upload, error),
) *ferry.Upload {
	t.Helper()
	faults(t, stalled)
	control(t, "DELETE", "requests", "")
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var cancelled time.Time
	upload, err := make(ferry.WithProgress(func(p ferry.Progress) error {
		if p.PartsDone >= 2 && cancelled.IsZero() {
			cancelled = time.Now()
			cancel()
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	closes(t, upload)
	if state := upload.State(); state != ferry.StateInitialized {
		t.Errorf("the state is %q", state)
	}
	err = upload.Run(ctx)
	if took := time.Since(cancelled); took > time.Second {
		t.Errorf("it took %v to end", took)
	}
	var failed *ferry.Error
	if !errors.As(err, &failed) || failed.Status != ferry.ErrCancelled || !errors.Is(err, context.Canceled) ||
		!failed.Retryable {
		t.Fatalf("%#v, not interrupted", err)
	}
	if state := upload.State(); state != ferry.StateInterrupted {
		t.Errorf("the state is %q", state)
	}
	before, aborted := sent(t)
	if !reflect.DeepEqual(before, map[int]int{first: 1, first + 1: 1}) || aborted != 0 {
		t.Errorf("sent are %v, %d were aborted", before, aborted)
	}
	if err := upload.Run(ctx); !errors.As(err, &failed) || !errors.Is(err, context.Canceled) ||
		failed.Retryable {
		t.Errorf("%v, though the context had ended before", err)
	}
	control(t, "PUT", "faults", "[]")
	if err := upload.Run(background); err != nil || upload.State() != ferry.StateUploaded {
		t.Fatalf("%v, the state is %q", err, upload.State())
	}
	after, aborted := sent(t)
	if len(after) == 0 || aborted != 0 {
		t.Errorf("sent are %v, %d were aborted", after, aborted)
	}
	for part, times := range after {
		if before[part] != 0 || times != 1 {
			t.Errorf("part %d was sent %d times after it was confirmed %d times", part, times, before[part])
		}
	}
	return upload
}

func TestUploadGoesOnAfterTheEndOfItsContext(t *testing.T) {
	client := start(t)
	data := noise(size)
	stalled := `[{"class": "put", "match": {"part": 3}, "action": {"stall_ms": 60000}}]`
	upload := endsWithItsContext(t, stalled, 1, func(report ferry.CallOption) (*ferry.Upload, error) {
		return client.NewUpload(file(t, data), ferry.WithConcurrency(1), report)
	})
	link, err := upload.Filelink()
	mustHold(t, link, err, data)
}

func TestVideoUploadGoesOnAfterTheEndOfItsContext(t *testing.T) {
	factory := flip(t)
	stalled := `[{"class": "flip_part", "match": {"part": 2}, "action": {"stall_ms": 60000}}]`
	upload := endsWithItsContext(t, stalled, 0, func(report ferry.CallOption) (*ferry.Upload, error) {
		name := ferry.WithFilename("clip.mp4")
		return factory.NewUpload(file(t, noise(size)), nil, name, ferry.WithConcurrency(1), report)
	})
	if video, err := upload.Video(); err != nil || video.ID == "" {
		t.Errorf("%+v, %v", video, err)
	}
}

func TestACancelledVideoUploadIsDeleted(t *testing.T) {
	factory := flip(t)
	faults(t, `[{"class": "flip_part", "match": {"part": 1}, "action": {"stall_ms": 60000}}]`)
	control(t, "DELETE", "requests", "")
	var upload *ferry.Upload
	upload, err := factory.NewUpload(file(t, noise(size)), nil, ferry.WithFilename("clip.mp4"),
		ferry.WithProgress(func(p ferry.Progress) error {
			if p.BytesDone > 0 {
				upload.Cancel()
			}
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(background); !errors.Is(err, ferry.ErrCancelled) ||
		upload.State() != ferry.StateAborted {
		t.Errorf("%v, the state is %q", err, upload.State())
	}
	if _, aborted := sent(t); aborted == 0 {
		t.Error("the session is still there")
	}
}

// stalled is a service that takes every request and answers none.
type stalled struct {
	asked chan struct{} // receives once for each request that has arrived
	open  atomic.Int32  // requests under way
}

func stall(t *testing.T) (*stalled, string) {
	t.Helper()
	s := &stalled{asked: make(chan struct{}, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.open.Add(1)
		defer s.open.Add(-1)
		io.Copy(io.Discard, r.Body)
		s.asked <- struct{}{}
		<-r.Context().Done() // the client has gone
	}))
	t.Cleanup(server.Close)
	return s, server.URL
}

// telestreamCalls are all calls that send a request to Telestream, and whether one that was interrupted may
// be made again: not if it may have made something.
func telestreamCalls(account *ferry.Telestream) map[string]struct {
	again bool
	call  func(context.Context, ...ferry.TelestreamRequestOption) error
} {
	type option = ferry.TelestreamRequestOption
	type entry = struct {
		again bool
		call  func(context.Context, ...option) error
	}
	factory := account.Factory("F")
	videos, encodings, profiles := factory.Videos(), factory.Encodings(), factory.Profiles()
	calls := map[string]entry{}
	get := func(name string, call func(context.Context, ...option) error) { calls[name] = entry{true, call} }
	post := func(name string, call func(context.Context, ...option) error) {
		calls[name] = entry{false, call}
	}
	get("List", func(ctx context.Context, o ...option) error {
		_, err := videos.List(ctx, nil, o...)
		return err
	})
	get("All", func(ctx context.Context, o ...option) (failed error) {
		videos.All(ctx, nil, o...)(func(_ ferry.Video, err error) bool { failed = err; return true })
		return failed
	})
	get("Collect", func(ctx context.Context, o ...option) error {
		_, err := videos.Collect(ctx, nil, o...)
		return err
	})
	get("Find", func(ctx context.Context, o ...option) error {
		_, err := videos.Find(ctx, "v", o...)
		return err
	})
	post("Create a video", func(ctx context.Context, o ...option) error {
		_, err := videos.Create(ctx, ferry.VideoParams{SourceURL: "https://example.com/a.mp4"}, o...)
		return err
	})
	get("Delete a video",
		func(ctx context.Context, o ...option) error { return videos.Delete(ctx, "v", o...) })
	get("Encodings of a video", func(ctx context.Context, o ...option) error {
		_, err := videos.Encodings(ctx, "v", nil, o...)
		return err
	})
	get("Metadata", func(ctx context.Context, o ...option) error {
		_, err := videos.Metadata(ctx, "v", o...)
		return err
	})
	get("DeleteSource", func(ctx context.Context, o ...option) error {
		return videos.DeleteSource(ctx, "v", o...)
	})
	get("Wait for a video",
		func(ctx context.Context, o ...option) error { _, err := videos.Wait(ctx, "v", o...); return err })
	get("WaitEncodings", func(ctx context.Context, o ...option) error {
		_, err := videos.WaitEncodings(ctx, "v", o...)
		return err
	})
	post("Create an encoding", func(ctx context.Context, o ...option) error {
		_, err := encodings.Create(ctx, ferry.EncodingParams{VideoID: "v", ProfileID: "p"}, o...)
		return err
	})
	get("Delete an encoding",
		func(ctx context.Context, o ...option) error { return encodings.Delete(ctx, "e", o...) })
	post("Retry", func(ctx context.Context, o ...option) error { return encodings.Retry(ctx, "e", o...) })
	post("Cancel", func(ctx context.Context, o ...option) error { return encodings.Cancel(ctx, "e", o...) })
	get("Wait for an encoding", func(ctx context.Context, o ...option) error {
		_, err := encodings.Wait(ctx, "e", o...)
		return err
	})
	post("Create a profile", func(ctx context.Context, o ...option) error {
		_, err := profiles.Create(ctx, ferry.ProfileParams{PresetName: "h264"}, o...)
		return err
	})
	get("FindExpanded", func(ctx context.Context, o ...option) error {
		_, err := profiles.FindExpanded(ctx, "p", o...)
		return err
	})
	get("Update a profile", func(ctx context.Context, o ...option) error {
		_, err := profiles.Update(ctx, "p", ferry.ProfileParams{Name: "n"}, o...)
		return err
	})
	get("Delete a profile",
		func(ctx context.Context, o ...option) error { return profiles.Delete(ctx, "p", o...) })
	post("Create a factory", func(ctx context.Context, o ...option) error {
		_, err := account.Factories().Create(ctx, ferry.FactoryParams{Name: "n"}, o...)
		return err
	})
	get("Update a factory", func(ctx context.Context, o ...option) error {
		_, err := account.Factories().Update(ctx, "F", ferry.FactoryParams{Name: "n"}, o...)
		return err
	})
	get("Notifications", func(ctx context.Context, o ...option) error {
		_, err := factory.Notifications(ctx, o...)
		return err
	})
	get("UpdateNotifications", func(ctx context.Context, o ...option) error {
		_, err := factory.UpdateNotifications(ctx, ferry.NotificationsParams{Delay: time.Second}, o...)
		return err
	})
	get("Request", func(ctx context.Context, o ...option) error {
		_, err := account.Request(ctx, "GET", "/encodings/count.json", nil, o...)
		return err
	})
	return calls
}

func TestEveryCallOfTelestreamEndsWithItsContext(t *testing.T) {
	leakless(t)
	service, url := stall(t)
	account := must(ferry.NewTelestream("access", "secret", ferry.WithBaseURL(url)))
	defer account.Close()
	for name, it := range telestreamCalls(account) {
		t.Run(name, func(t *testing.T) {
			leaklessBut(t, 1) // the account
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- it.call(ctx) }()
			<-service.asked
			cancelled := time.Now()
			cancel()
			err := <-ended
			if took := time.Since(cancelled); took > time.Second {
				t.Errorf("it took %v to end", took)
			}
			var failed *ferry.Error
			if !errors.As(err, &failed) || failed.Status != ferry.ErrCancelled ||
				!errors.Is(err, context.Canceled) {
				t.Fatalf("%v, not cancelled", err)
			}
			if failed.Retryable != it.again {
				t.Errorf("retryable is %v: %v", failed.Retryable, err)
			}
			settles(t, "requests",
				func() bool { return service.open.Load() == 0 }) // none goes on in the background
			if err := it.call(ctx); !errors.Is(err, context.Canceled) || len(service.asked) != 0 {
				t.Errorf("%v, though the context had ended before", err)
			}
		})
	}
}

func TestEveryCallOfTelestreamKeepsItsDeadlines(t *testing.T) {
	leakless(t)
	_, url := stall(t)
	account := must(ferry.NewTelestream("access", "secret", ferry.WithBaseURL(url),
		ferry.WithDeadline(time.Hour)))
	defer account.Close()
	for name, it := range telestreamCalls(account) {
		t.Run(name, func(t *testing.T) {
			began, reports := time.Now(), 0
			report := ferry.WithProgress(func(ferry.Progress) error {
				reports++
				return nil
			})
			err := it.call(background, ferry.WithDeadline(100*time.Millisecond), report)
			if !errors.Is(err, ferry.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || reports == 0 {
				t.Errorf("%v after %d reports", err, reports)
			}
			if took := time.Since(began); took > 1100*time.Millisecond {
				t.Errorf("it took %v", took)
			}
		})
	}
	ctx, cancel := context.WithTimeout(background, 100*time.Millisecond)
	defer cancel()
	_, err := account.Factories().List(ctx, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ferry.ErrCancelled) {
		t.Errorf("%v, not too late", err)
	}
}

func TestRequestsToFilestackEndWithTheirContext(t *testing.T) {
	leakless(t)
	service, url := stall(t)
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(url)))
	defer client.Close()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	go func() {
		<-service.asked
		cancel()
	}()
	if _, err := client.Request(ctx, "GET", "/file/HANDLE", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, not cancelled", err)
	}
	_, err := client.Request(background, "GET", "/file/HANDLE", nil, ferry.WithDeadline(100*time.Millisecond))
	if !errors.Is(err, ferry.ErrTimeout) {
		t.Errorf("%v, not too late", err)
	}
}

func TestUploadsKeepTheirDeadlines(t *testing.T) {
	client := start(t)
	faults(t, `[
		{"class": "put", "action": {"stall_ms": 60000}},
		{"class": "store", "action": {"stall_ms": 60000}},
		{"class": "flip_part", "action": {"stall_ms": 60000}}
	]`)
	telestream := must(ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", ferry.WithBaseURL(base)))
	defer telestream.Close()
	info := must(telestream.Factories().Create(background, ferry.FactoryParams{Name: t.Name()}))
	chain := must(client.Transform("https://example.com/a.png", ferry.Flip{}))
	defer chain.Close()
	limit := ferry.WithDeadline(300 * time.Millisecond)
	upload := must(client.NewUpload(file(t, noise(1000)), limit))
	defer upload.Close()
	name := ferry.WithFilename("a.mp4")
	video := must(telestream.Factory(info.ID).NewUpload(file(t, noise(1000)), nil, name, limit))
	defer video.Close()
	for name, call := range map[string]func() error{
		"UploadBytes": func() error {
			_, err := client.UploadBytes(background, noise(1000), limit)
			return err
		},
		"Upload.Run": func() error { return upload.Run(background) },
		"video":      func() error { return video.Run(background) },
		"Store": func() error {
			_, err := chain.Store(background, limit)
			return err
		},
	} {
		began := time.Now()
		if err := call(); !errors.Is(err, ferry.ErrTimeout) {
			t.Errorf("%s: %v, not too late", name, err)
		}
		if took := time.Since(began); took > 1300*time.Millisecond {
			t.Errorf("%s: it took %v", name, took)
		}
	}
	if upload.State() != ferry.StateInterrupted || video.State() != ferry.StateInterrupted {
		t.Errorf("the states are %q and %q", upload.State(), video.State())
	}
	control(t, "PUT", "faults", "[]")
	for _, it := range []*ferry.Upload{upload, video} {
		err := it.Run(background)
		for i := 0; i < 100 && errors.Is(err, ferry.ErrTimeout); i++ { // on a slow machine it takes more runs
			err = it.Run(background)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
