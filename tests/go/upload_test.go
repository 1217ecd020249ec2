package ferrytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestVersion(t *testing.T) {
	if err := ferry.CheckVersion(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(ferry.Version(), "0.") {
		t.Errorf("version %q", ferry.Version())
	}
}

// watch returns a callback that goes on, and a check of what it has seen.
func watch(t *testing.T) (func(ferry.Progress) error, func()) {
	var last ferry.Progress
	calls := 0
	see := func(p ferry.Progress) error {
		sizeGotKnown := last.BytesTotal == 0 && p.BytesTotal > 0
		if p.BytesDone < last.BytesDone && !sizeGotKnown {
			t.Errorf("progress went back from %d to %d", last.BytesDone, p.BytesDone)
		}
		last = p
		calls++
		return nil
	}
	return see, func() {
		t.Helper()
		if calls < 2 || last.BytesDone != size || last.BytesTotal != size ||
			last.PartsDone != last.PartsTotal {
			t.Errorf("after %d reports the last is %+v", calls, last)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	data := noise(size)
	for _, mode := range []ferry.Intelligent{ferry.IntelligentOff, ferry.IntelligentOn,
		ferry.IntelligentFallback} {
		upload := func(name string,
			send func(*ferry.Client, ...ferry.UploadOption) (*ferry.Filelink, error)) {
			t.Run(fmt.Sprintf("%s,intelligent=%d", name, mode), func(t *testing.T) {
				client := start(t)
				see, check := watch(t)
				link, err := send(client, ferry.WithIntelligent(mode), ferry.WithProgress(see))
				mustHold(t, link, err, data)
				check()
			})
		}
		upload("path", func(c *ferry.Client, with ...ferry.UploadOption) (*ferry.Filelink, error) {
			return c.UploadFile(background, file(t, data), with...)
		})
		upload("memory", func(c *ferry.Client, with ...ferry.UploadOption) (*ferry.Filelink, error) {
			return c.UploadBytes(background, data, with...)
		})
		upload("reader", func(c *ferry.Client, with ...ferry.UploadOption) (*ferry.Filelink, error) {
			return c.UploadReader(background, iotest.DataErrReader(bytes.NewReader(data)), -1, with...)
		})
		upload("sized reader", func(c *ferry.Client, with ...ferry.UploadOption) (*ferry.Filelink, error) {
			return c.UploadReader(background, iotest.HalfReader(bytes.NewReader(data)), size, with...)
		})
		upload("reader at", func(c *ferry.Client, with ...ferry.UploadOption) (*ferry.Filelink, error) {
			return c.UploadReaderAt(background, bytes.NewReader(append(data, "more"...)), size, with...)
		})
	}
}

func TestEmptyAndShortData(t *testing.T) {
	client := start(t)
	for _, data := range [][]byte{{'x'}, []byte("a few bytes")} {
		link, err := client.UploadBytes(background, data)
		mustHold(t, link, err, data)
		link, err = client.UploadReader(background, bytes.NewReader(data), int64(len(data)))
		mustHold(t, link, err, data)
	}
	_, err := client.UploadBytes(background, nil)
	mustBe(t, "no data", err, ferry.ErrInvalidArgument)
	_, err = client.UploadReader(background, strings.NewReader(""), -1)
	mustBe(t, "an empty reader", err, ferry.ErrInvalidArgument)
}

func TestOptionsArrive(t *testing.T) {
	client := start(t)
	link := store(t, client, []byte("{}"), ferry.WithFilename("a[b].json"), ferry.WithMimetype("text/x-test"),
		ferry.WithPath("folder/"),
		ferry.WithContainer("bucket"), ferry.WithTags(map[string]string{"kind": "test"}),
		ferry.WithSanitizedFilename(), ferry.WithLocation("S3"),
		ferry.WithPartSize(6<<20), ferry.WithConcurrency(2), ferry.WithAccess("private"),
		ferry.WithRegion("eu-west-1"),
		ferry.WithWorkflows("w-1"), ferry.WithAltText("nothing"))
	data, err := link.Metadata(background,
		[]string{"filename", "mimetype", "size", "container", "path", "md5", "uploaded"})
	if err != nil {
		t.Fatal(err)
	}
	if data.Filename != "a-b-.json" || data.Mimetype != "text/x-test" || data.Size != 2 ||
		data.MD5 != "99914b932bd37a50b983c5e7c90ae93b" {
		t.Errorf("stored is %+v", data)
	}
	if age := time.Since(data.Uploaded); age < -time.Minute || age > time.Hour {
		t.Errorf("uploaded %v", data.Uploaded)
	}
	answer, err := link.Answer()
	if err != nil || !strings.Contains(string(answer), link.Handle()) {
		t.Errorf("the answer is %s, %v", answer, err)
	}
}

func TestUploadURL(t *testing.T) {
	client := start(t)
	data := noise(70_000)
	first := store(t, client, data)
	signed, err := first.SignedURL(nil)
	if err != nil {
		t.Fatal(err)
	}
	link, err := client.UploadURL(background, signed, ferry.WithFilename("copy"))
	mustHold(t, link, err, data)
}

func TestManyAtOnceWithOneClient(t *testing.T) {
	client := start(t)
	var all sync.WaitGroup
	for i := 1; i <= 32; i++ {
		i, data := i, noise(i*50_000)
		all.Add(1)
		go func() {
			defer all.Done()
			see := ferry.WithProgress(func(ferry.Progress) error {
				if i%8 == 0 {
					runtime.GC()
				}
				return nil
			})
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			var link *ferry.Filelink
			var err error
			if i%2 == 0 {
				link, err = client.UploadBytes(ctx, data, see)
			} else {
				link, err = client.UploadReader(ctx, bytes.NewReader(data), -1, see)
			}
			if err != nil {
				t.Error(err)
				return
			}
			defer link.Close()
			content, err := link.Content(ctx)
			if err != nil || !bytes.Equal(content, data) {
				t.Errorf("other bytes came back, or %v", err)
			}
		}()
	}
	all.Wait()
}

func TestGarbageCollectionInCallbacks(t *testing.T) {
	client := start(t)
	data := noise(size)
	link, err := client.UploadReader(background, readerFunc(func() func([]byte) (int, error) {
		reader := bytes.NewReader(data)
		return func(buffer []byte) (int, error) {
			runtime.GC()
			return reader.Read(buffer)
		}
	}()), -1, ferry.WithProgress(func(ferry.Progress) error {
		runtime.GC()
		return nil
	}))
	mustHold(t, link, err, data)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(buffer []byte) (int, error) { return f(buffer) }

func TestCallbackCancels(t *testing.T) {
	client := start(t)
	slow(t)
	reports, enough := 0, errors.New("enough")
	_, err := client.UploadBytes(background, noise(size), ferry.WithProgress(func(ferry.Progress) error {
		reports++
		if reports == 3 {
			return enough
		}
		return nil
	}))
	if !errors.Is(err, ferry.ErrCancelled) || !errors.Is(err, enough) {
		t.Fatalf("%v, not cancelled", err)
	}
	if reports != 3 {
		t.Errorf("%d reports, 3 were to come", reports)
	}
}

func TestPanicsComeOut(t *testing.T) {
	client := start(t)
	panics := func(what string, run func()) {
		t.Helper()
		defer func() {
			if value := recover(); value != what {
				t.Errorf("%v came out, not %v", value, what)
			}
		}()
		run()
	}
	panics("in progress", func() {
		client.UploadBytes(background, noise(size),
			ferry.WithProgress(func(ferry.Progress) error { panic("in progress") }))
	})
	panics("in a reader", func() {
		client.UploadReader(background, readerFunc(func([]byte) (int, error) { panic("in a reader") }), -1)
	})
	link, err := client.UploadBytes(background, []byte("still fine"))
	mustHold(t, link, err, []byte("still fine"))
}

// atTheEnd calls fail with the last report, when the call has succeeded.
func atTheEnd(fail func() error) ferry.CallOption {
	return ferry.WithProgress(func(p ferry.Progress) error {
		if p.BytesTotal > 0 && p.BytesDone == p.BytesTotal {
			return fail()
		}
		return nil
	})
}

func TestAnErrorOfTheLastReportComesOut(t *testing.T) {
	client := start(t)
	broken := errors.New("no more")
	last := atTheEnd(func() error { return broken })
	link, err := client.UploadBytes(background, []byte("x"), last)
	if link != nil || !errors.Is(err, broken) || !errors.Is(err, ferry.ErrCancelled) {
		t.Errorf("%v, %v, not the callback's error", link, err)
	}
	upload := must(client.NewUpload(file(t, []byte("x")), last))
	defer upload.Close()
	if err := upload.Run(background); !errors.Is(err, broken) || upload.State() != ferry.StateUploaded {
		t.Errorf("%v, the state is %q", err, upload.State())
	}
	if err := upload.Run(background); err != nil {
		t.Errorf("%v, though it is stored", err)
	}
	results, err := client.UploadMany(background, ferry.Files(file(t, []byte("x"))),
		ferry.WithOnItem(func(int, ferry.BatchResult) error { return broken }))
	defer results.Close()
	if !errors.Is(err, broken) || len(results) != 1 || results[0].Filelink == nil {
		t.Errorf("%v, not the callback's error: %v", err, results)
	}
	ctx, cancel := context.WithCancel(background)
	link, err = client.UploadBytes(ctx, []byte("y"), atTheEnd(func() error { cancel(); return nil }))
	mustHold(t, link, err, []byte("y")) // the context ended too late
}

func TestAPanicAtTheEndLeavesNothing(t *testing.T) {
	panicking := false
	client := start(t, ferry.WithOnEvent(func(ferry.Event) {
		if panicking {
			panic("enough")
		}
	}))
	link := store(t, client, []byte("x"))
	chain := must(client.Transform(link.Handle()))
	closes(t, chain)
	for name, call := range map[string]func(){
		"UploadBytes": func() { client.UploadBytes(background, []byte("x")) },
		"Content":     func() { link.Content(background) },
		"Metadata":    func() { link.Metadata(background, nil) },
		"Request":     func() { client.Request(background, "GET", "/file/"+link.Handle()+"/metadata", nil) },
		"AVConvert":   func() { chain.AVConvert(background, ferry.VideoConvert{Preset: "h264"}) },
	} {
		before := ferry.LiveObjects()
		func() {
			defer func() {
				panicking = false
				if value := recover(); value != "enough" {
					t.Errorf("%s: %v came out", name, value)
				}
			}()
			panicking = true
			call()
		}()
		if n := ferry.LiveObjects(); n != before {
			t.Errorf("%s: %d objects are not freed", name, n-before)
		}
	}
}

func TestReadersFail(t *testing.T) {
	client := start(t)
	broken := errors.New("the tape is torn")
	_, err := client.UploadReader(background,
		io.MultiReader(strings.NewReader("begin"), iotest.ErrReader(broken)), -1)
	if !errors.Is(err, broken) {
		t.Errorf("%v, not the reader's error", err)
	}
	_, err = client.UploadReader(background, readerFunc(func([]byte) (int, error) { return 0, nil }), -1)
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v from a reader that gives nothing", err)
	}
	for _, wrong := range []int64{3, 10} {
		_, err = client.UploadReader(background, strings.NewReader("seven b"), wrong)
		if !errors.Is(err, ferry.ErrFileChanged) {
			t.Errorf("%v for another size", err)
		}
	}
}

// io.Reader says that the end is io.EOF itself: an error that wraps it is that of data that was cut.
func TestAnErrorThatWrapsTheEndIsNoEnd(t *testing.T) {
	client := start(t)
	for _, cut := range []error{
		fmt.Errorf("part 3: %w", io.EOF), &url.Error{Op: "Get", URL: "http://127.0.0.1/", Err: io.EOF},
	} {
		alone := io.MultiReader(strings.NewReader("begin"), iotest.ErrReader(cut))
		_, err := client.UploadReader(background, alone, -1)
		mustBe(t, "alone", err, cut, ferry.ErrIO)
		withBytes := readerFunc(func(buffer []byte) (int, error) { return copy(buffer, "begin"), cut })
		_, err = client.UploadReader(background, withBytes, -1)
		mustBe(t, "with bytes", err, cut, ferry.ErrIO)
	}
}

// cgo looks through what lies around the bytes, and panics if it finds Go's pointers.
func TestBytesInAStructThatHasPointers(t *testing.T) {
	client := start(t)
	message := &struct {
		body []byte
		kept [8]byte
	}{kept: [8]byte{'p', 'i', 'c', 't', 'u', 'r', 'e', 's'}}
	message.body = message.kept[:]
	link, err := client.UploadBytes(background, message.body)
	mustHold(t, link, err, []byte("pictures"))
	link = store(t, client, []byte("first"))
	if err := link.OverwriteBytes(background, message.body); err != nil {
		t.Error(err)
	}
	if content, err := link.Content(background); err != nil || string(content) != "pictures" {
		t.Errorf("%q, %v", content, err)
	}
	signature := must(ferry.SignWebhook(message.body, "1", "secret"))
	for _, secrets := range [][]string{{"secret"}, {"old", "secret"}} {
		if err := ferry.VerifyWebhook(message.body, "1", signature, 0, secrets...); err != nil {
			t.Error(err)
		}
	}
	telestream := must(ferry.NewTelestream("access", "secret", ferry.WithBaseURL(base)))
	defer telestream.Close()
	must(telestream.Factory("F").NewUploadBytes(message.body, nil, ferry.WithFilename("clip.mp4"))).Close()
}

// endsItsGoroutine is set in the process that TestACallbackMustNotEndItsGoroutine starts.
const endsItsGoroutine = "FERRY_TEST_ENDS_ITS_GOROUTINE"

func TestACallbackMustNotEndItsGoroutine(t *testing.T) {
	if os.Getenv(endsItsGoroutine) != "" {
		fail := func(why string) error { t.Fatal(why); return nil }
		client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(open)))
		client.UploadBytes(background, []byte("x"),
			ferry.WithProgress(func(ferry.Progress) error { return fail("in the callback") }))
		return
	}
	again := exec.Command(must(os.Executable()), "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), endsItsGoroutine+"=1")
	text, err := again.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || !strings.Contains(string(text), "in the callback") ||
		!strings.Contains(string(text), "panic: ferry: a callback has ended its goroutine") {
		t.Errorf("%v: %s", err, text)
	}
}

// underWay gives an upload that runs, and its end.
func underWay(t *testing.T, client *ferry.Client) (*ferry.Upload, <-chan error) {
	t.Helper()
	began, ended := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	upload, err := client.NewUpload(file(t, noise(size)), ferry.WithProgress(func(ferry.Progress) error {
		once.Do(func() { close(began) })
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	go func() { ended <- upload.Run(background) }()
	<-began
	return upload, ended
}

func TestCancelFromAnotherGoroutine(t *testing.T) {
	client := start(t)
	slow(t)
	upload, ended := underWay(t, client)
	defer upload.Close()
	if err := upload.Run(background); !errors.Is(err, ferry.ErrInvalidState) {
		t.Errorf("a second run: %v", err)
	}
	upload.Cancel()
	if err := <-ended; !errors.Is(err, ferry.ErrCancelled) || errors.Is(err, context.Canceled) {
		t.Errorf("%v, not cancelled", err)
	}
	if state := upload.State(); state != ferry.StateAborted {
		t.Errorf("the state is %q", state)
	}
	if err := upload.Run(background); !errors.Is(err, ferry.ErrInvalidState) {
		t.Errorf("%v, though it was cancelled", err)
	}
}

func TestInterruptFromAnotherGoroutine(t *testing.T) {
	client := start(t)
	slow(t)
	upload, ended := underWay(t, client)
	defer upload.Close()
	upload.Interrupt()
	err := <-ended
	var failed *ferry.Error
	if !errors.As(err, &failed) || failed.Status != ferry.ErrCancelled || !failed.Retryable {
		t.Fatalf("%v, not interrupted", err)
	}
	if state := upload.State(); state != ferry.StateInterrupted {
		t.Errorf("the state is %q", state)
	}
	upload.Interrupt() // nothing runs: lost
	control(t, "PUT", "faults", "[]")
	if err := upload.Run(background); err != nil || upload.State() != ferry.StateUploaded {
		t.Errorf("%v, the state is %q", err, upload.State())
	}
}

func TestStatesHaveWords(t *testing.T) {
	words := ""
	for state := ferry.State(0); state <= ferry.StateAborted+1; state++ {
		words += state.String() + " "
	}
	if words != "unknown initialized uploading paused interrupted error uploaded aborted unknown " {
		t.Errorf("the states are %s", words)
	}
}

func TestCloseWaitsForTheRun(t *testing.T) {
	client := start(t)
	slow(t)
	upload, ended := underWay(t, client)
	upload.Close()
	upload.Close()
	control(t, "PUT", "faults", "[]")
	if err := <-ended; err != nil {
		t.Errorf("it was closed while it ran: %v", err)
	}
	if state := upload.State(); state != 0 {
		t.Errorf("the state of a closed upload is %q", state)
	}
	upload.Cancel()
	upload.Interrupt()
	upload.Pause()
	if err := upload.Run(background); !errors.Is(err, ferry.ErrInvalidState) {
		t.Errorf("a closed upload runs: %v", err)
	}
}

func TestPauseAndRunAgain(t *testing.T) {
	client := start(t)
	slow(t)
	data := noise(size)
	var upload *ferry.Upload
	paused := false
	upload, err := client.NewUpload(file(t, data), ferry.WithProgress(func(p ferry.Progress) error {
		if !paused && p.BytesDone > 0 {
			paused = true
			upload.Pause()
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(background); !errors.Is(err, ferry.ErrPaused) {
		t.Fatalf("%v, not paused", err)
	}
	if state := upload.State(); state != ferry.StatePaused {
		t.Errorf("the state is %q", state)
	}
	control(t, "PUT", "faults", "[]")
	if err := upload.Run(background); err != nil {
		t.Fatal(err)
	}
	if state := upload.State(); state != ferry.StateUploaded {
		t.Errorf("the state is %q", state)
	}
	result, err := upload.Result()
	if err != nil || !strings.Contains(string(result), "handle") {
		t.Errorf("the result is %s, %v", result, err)
	}
	link, err := upload.Filelink()
	mustHold(t, link, err, data)
}

func TestForgottenObjectsAreCollected(t *testing.T) {
	before := ferry.LiveObjects()
	func() {
		client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(base)))
		var upload *ferry.Upload // its own callback knows it
		upload = must(client.NewUpload(file(t, []byte("x")),
			ferry.WithProgress(func(ferry.Progress) error { upload.Pause(); return nil })))
		must(client.Transform("0123456789abcdefghij", ferry.Flip{}))
	}()
	settles(t, "objects", func() bool {
		runtime.GC()
		return ferry.LiveObjects() == before
	})
}

func TestErrorsSayWhy(t *testing.T) {
	client := start(t)
	_, err := client.UploadFile(background, filepath.Join(t.TempDir(), "missing"))
	if !errors.Is(err, ferry.ErrIO) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("no file: %v", err)
	}
	_, err = client.UploadFile(background, os.DevNull+"\x00.jpg")
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "path") {
		t.Errorf("a NUL: %v", err)
	}
	_, err = ferry.NewClient("", ferry.WithBaseURL(base))
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "apikey") {
		t.Errorf("no key: %v", err)
	}
	for name, option := range map[string]ferry.UploadOption{
		"part size": ferry.WithPartSize(-1), "concurrency": ferry.WithConcurrency(-1),
		"concurrency is": ferry.WithConcurrency(0),
	} {
		if _, err := client.UploadBytes(background, nil, option); !errors.Is(err, ferry.ErrInvalidArgument) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	faults(t, `[{"class": "start", "times": 1,
		"action": {"status": 400, "body": "{\"error\":\"no such thing\"}"}}]`)
	_, err = client.UploadBytes(background, []byte("x"))
	var failed *ferry.Error
	if !errors.As(err, &failed) || !errors.Is(err, ferry.ErrHTTP) || failed.HTTPStatus != 400 ||
		failed.Step != "start" || failed.Retryable ||
		!strings.Contains(failed.Body, "no such thing") {
		t.Errorf("refused: %+v", err)
	}
}

func TestAFileInOneRequest(t *testing.T) {
	client := start(t)
	control(t, "DELETE", "requests", "")
	data := noise(1000)
	link, err := client.UploadFile(background, file(t, data), ferry.WithSingleRequest())
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	if content, err := link.Content(background); err != nil || !bytes.Equal(content, data) {
		t.Errorf("%d other bytes, %v", len(content), err)
	}
	results, err := client.UploadMany(background, ferry.Files(batchOf(t, 3)...), ferry.WithSingleRequest())
	for _, result := range results {
		result.Filelink.Close()
	}
	count := map[string]int{}
	for _, request := range parse[[]struct{ Class string }](t, control(t, "GET", "requests", "")) {
		count[request.Class]++
	}
	if err != nil || count["store_api"] != 4 || count["start"] != 0 {
		t.Errorf("%v, %v", err, count)
	}
	_, err = client.UploadBytes(background, data, ferry.WithSingleRequest(), ferry.WithPartSize(8<<20))
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "part_size") {
		t.Errorf("%v", err)
	}
}
