// Every sample in Go of include/guides, called once, and what it does is looked at. samples.go has them.

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

const key = "LOCALKEY"

var (
	ctx    = context.Background()
	cloud  = os.Getenv("FERRY_TEST_HTTP")
	secret = os.Getenv("FERRY_TEST_SECRET")
	failed = false
)

// must returns what a call has returned, which has to succeed.
func must[T any](value T, err error) T {
	check(err == nil, "%v", err)
	return value
}

func check(holds bool, format string, values ...any) {
	if !holds {
		failed = true
		fmt.Fprintf(os.Stderr, format+"\n", values...)
	}
}

// equal compares what there is with what there should be.
func equal[T comparable](is, should T) {
	check(is == should, "%v instead of %v", is, should)
}

func contains(text, part string) {
	check(strings.Contains(text, part), "%q lacks %q", text, part)
}

// said returns what a sample prints.
func said(sample func()) string {
	stdout := os.Stdout
	os.Stdout = must(os.Create("said"))
	sample()
	os.Stdout.Close()
	os.Stdout = stdout
	return string(must(os.ReadFile("said")))
}

// content returns the text of a stored file, and closes its filelink.
func content(link *ferry.Filelink, err error) string {
	defer must(link, err).Close()
	return string(must(link.Content(ctx)))
}

// answer returns what the service said when the file was stored.
func answer(link *ferry.Filelink) string {
	return string(must(link.Answer()))
}

func files(client *ferry.Client) {
	link := must(storeInAFolder(ctx, client, "one.txt"))
	defer link.Close()
	contains(answer(link), `trips/2025/`)
	contains(answer(link), `ferry.png`)
	address := must(addressForAnHour(link, secret))
	_, policy, _ := strings.Cut(address, "=p:")
	policy, signature, _ := strings.Cut(policy, ",s:")
	given := must(ferry.SecurityFromSigned(policy, signature[:64]))
	contains(given.PolicyJSON(), link.Handle())
	check(given.Allows("convert", ferry.Asked{Handle: link.Handle()}) != nil, "more than reading is allowed")
	given.Close()
	stored := must(storeWhatIsAt(ctx, client, address))
	contains(answer(stored), "imported/")
	fetched := must(client.Filelink(stored.Handle()))
	defer fetched.Close()
	equal(content(stored, nil), "one")

	length := must(zipTwo(ctx, client, link, fetched, "both.zip"))
	equal(int64(len(must(os.ReadFile("both.zip")))), length)
	equal(said(func() { equal(must(sizeOf(ctx, client, link)), 3) }), "200 application/json\n")
	check(overwriteIt(ctx, link, "two.txt") == nil, "not overwritten")
	equal(string(must(link.Content(ctx))), "two two")
	check(deleteIt(ctx, fetched) == nil, "not deleted")
	_, err := fetched.Content(ctx)
	var gone *ferry.Error
	check(errors.As(err, &gone) && gone.HTTPStatus == 404, "%v", err)
}

func pictures(client *ferry.Client) {
	contains(must(pictureOfAPage(client, "https://www.example.com")),
		"/urlscreenshot=height:800,mode:window,width:1280/resize=width:320/")
	link := must(client.UploadFile(ctx, os.Getenv("FERRY_TEST_DATA")+"/ferry.png"))
	defer link.Close()
	text := said(func() { check(describe(ctx, client, link.Handle()) == nil, "not described") })
	check(strings.HasPrefix(text, "map[") && !strings.HasPrefix(text, "map[]"), "%s", text)
	contains(text, "] safe for work: ")
	check(!strings.HasSuffix(text, "text: \n"), "%s", text)
}

func policies(everything *ferry.Security) {
	client := must(clientWithPolicy(key, secret, ferry.WithBaseURL(cloud)))
	defer client.Close()
	equal(content(client.UploadFile(ctx, "one.txt")), "one")
	taken := must(signedElsewhere(everything.Policy(), everything.Signature()))
	defer taken.Close()
	equal(taken.PolicyJSON(), everything.PolicyJSON())
}

func notifications() {
	handler := receiver("secret")
	body := `{"id": 1, "action": "fp.upload", "text": {"filename": "a.jpg"}}`
	now := fmt.Sprint(time.Now().Unix())
	for _, it := range []struct {
		secret string
		status int
		said   string
	}{{"secret", 204, "1 fp.upload {\"filename\": \"a.jpg\"}\n"}, {"another", 403, ""}} {
		request := httptest.NewRequest("POST", "/", strings.NewReader(body))
		request.Header.Set("FS-Timestamp", now)
		request.Header.Set("FS-Signature", must(ferry.SignWebhook([]byte(body), now, it.secret)))
		recorder := httptest.NewRecorder()
		equal(said(func() { handler.ServeHTTP(recorder, request) }), it.said)
		equal(recorder.Code, it.status)
	}
}

func telestream() {
	account := must(ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", ferry.WithBaseURL(cloud)))
	defer account.Close()
	factory := account.Factory("fac1fac1fac1fac1fac1fac1fac1fac1")
	settings := must(notify(ctx, factory))
	check(settings.Events.VideoEncoded && !settings.Events.EncodingProgress, "%v", settings.Events)
	equal(settings.URL, "https://www.example.com/telestream")
	equal(must(countEncodings(ctx, account, factory)), 0)
	upload := must(factory.NewUpload("one.txt", &ferry.VideoParams{Profiles: []string{"h264"}}))
	defer upload.Close()
	check(upload.Run(ctx) == nil, "not encoded")
	equal(must(countEncodings(ctx, account, factory)), 1)
	form := url.Values{"event": {"video-encoded"}, "video_id": {must(upload.Video()).ID}}
	receive := func() { check(receiveFromTelestream(ctx, factory, form) == nil, "not received") }
	contains(said(receive), "h264 ")
	form.Set("event", "video-created")
	equal(said(receive), "")

	before := len(must(factory.Profiles().Collect(ctx, nil)))
	films := func() { check(smallFilms(ctx, factory.Profiles()) == nil, "no small films") }
	equal(said(films), "small 480\n")
	equal(len(must(factory.Profiles().Collect(ctx, nil))), before)
}

func uploads(client *ferry.Client) {
	var err error
	told := said(func() { err = uploadAll(ctx, client, "albums", "one.txt", "gone.txt", "two.txt") })
	check(errors.Is(err, ferry.ErrIO), "%v", err)
	contains(told, "one.txt "+cloud)
	contains(told, "gone.txt <nil> ferry: cannot open ")
	contains(told, "two.txt "+cloud)
	equal(content(uploadWhateverHappens(ctx, client, "two.txt", "journals")), "two two")
	equal(len(must(os.ReadDir("journals"))), 0)
	upload := must(client.NewUpload("two.txt"))
	defer upload.Close()
	equal(content(goOn(ctx, client, "two.txt", must(upload.Token()))), "two two")
	upload.Pause()
	check(errors.Is(runUpToFiveTimes(ctx, upload), ferry.ErrPaused), "a pause is undone")

	for _, it := range []struct{ interrupted, calls int }{{2, 3}, {9, 5}} {
		calls := 0
		stopped := must(client.NewUpload("two.txt", ferry.WithProgress(func(ferry.Progress) error {
			if calls++; calls <= it.interrupted {
				return errors.New("interrupted")
			}
			return nil
		})))
		err = runUpToFiveTimes(ctx, stopped)
		check((err == nil) == (it.interrupted < 5) && calls >= it.calls, "%v after %d calls", err, calls)
		stopped.Close()
	}
}

func connections(everything *ferry.Security) {
	// A client that a sample has made is one with which files go up.
	works := func(client *ferry.Client, err error) {
		defer must(client, err).Close()
		equal(content(client.UploadFile(ctx, "one.txt")), "one")
	}
	options := []ferry.ClientOption{ferry.WithBaseURL(cloud), ferry.WithSecurity(everything)}
	works(gentleClient(key, options...))
	// The cloud stands for the proxy too, which alone can find this host.
	works(behindAProxy(key, cloud, append(options, ferry.WithBaseURL("http://cloud.invalid"))...))
	authority := os.Getenv("FERRY_TEST_CA")
	works(withOwnAuthority(key, authority,
		ferry.WithBaseURL(os.Getenv("FERRY_TEST_HTTPS")), ferry.WithSecurity(everything)))
	var log strings.Builder
	works(talkative(key, &log, options...))
	contains(log.String(), "step=put")
}

func main() {
	for name, text := range map[string]string{"one.txt": "one", "two.txt": "two two"} {
		check(os.WriteFile(name, []byte(text), 0o600) == nil, "%s is not written", name)
	}
	policy := ferry.Policy{Expiry: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	everything := must(ferry.NewSecurity(policy, secret))
	client := must(ferry.NewClient(key, ferry.WithBaseURL(cloud), ferry.WithSecurity(everything)))
	files(client)
	pictures(client)
	policies(everything)
	notifications()
	telestream()
	uploads(client)
	connections(everything)
	client.Close()
	everything.Close()
	equal(ferry.LiveObjects(), 0)
	if failed {
		os.Exit(1)
	}
}
