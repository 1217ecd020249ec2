package ferry_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// What the examples have around them: an account at the local cloud, whose address is in FERRY_TEST_URL, and
// a picture.
var (
	ctx     = context.Background()
	baseURL = os.Getenv("FERRY_TEST_URL")
	client  = account()

	journals = filepath.Join(os.TempDir(), fmt.Sprintf("ferry-journals-%d", os.Getpid()))
)

const (
	appSecret = "a secret of the application"
	picture   = "../../../tests/data/ferry.png"
)

func account() *ferry.Client {
	policy := ferry.Policy{
		Expiry: ferry.ExpiryIn(time.Hour),
		Call:   []string{"store", "read", "stat", "convert", "remove", "write", "writeUrl"},
	}
	security, err := ferry.NewSecurity(policy, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	client, err := ferry.NewClient("APIKEY", ferry.WithBaseURL(baseURL), ferry.WithSecurity(security))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func ExampleClient_UploadFile() {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	link, err := client.UploadFile(ctx, picture,
		ferry.WithFilename("ferry.png"),
		ferry.WithTags(map[string]string{"album": "boats"}),
		ferry.WithProgress(func(p ferry.Progress) error {
			fmt.Fprintf(os.Stderr, "%d of %d bytes\n", p.BytesDone, p.BytesTotal)
			return nil // an error interrupts the upload, which returns it
		}))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	metadata, err := link.Metadata(ctx, []string{"filename", "size", "mimetype"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(metadata.Filename, metadata.Mimetype, metadata.Size)
	// Output: ferry.png image/png 43975
}

func ExampleClient_UploadMany() {
	const notes = "../README.md"
	results, err := client.UploadMany(ctx, ferry.Files(picture, notes, "gone.txt"),
		ferry.WithTags(map[string]string{"album": "boats"}),
		ferry.WithJournal(journals), // the same call goes on, also in another process
		ferry.WithOnItem(func(index int, result ferry.BatchResult) error {
			if result.Err != nil {
				fmt.Fprintln(os.Stderr, result.Path, result.Err)
			}
			return nil // an error interrupts the batch, which returns it
		}))
	defer results.Close()
	for _, result := range results { // in the order of the list
		fmt.Println(filepath.Base(result.Path), result.Filelink != nil, errors.Is(result.Err, ferry.ErrIO))
	}
	fmt.Println(errors.Is(err, ferry.ErrIO))
	os.RemoveAll(journals)
	// Output:
	// ferry.png true false
	// README.md true false
	// gone.txt false true
	// true
}

func ExampleWithJournal() {
	link, err := client.UploadFile(ctx, picture, ferry.WithJournal(journals)) // the same call goes on
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	left, err := ferry.Journals(journals)
	if err != nil {
		log.Fatal(err)
	}
	for _, it := range left {
		fmt.Println(it.Path, it.BytesStored, "of", it.Size, "in use:", it.InUse)
	}
	removed, err := ferry.PruneJournals(journals, 30*24*time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(left), removed)
	os.RemoveAll(journals)
	// Output: 0 0
}

func ExampleUpload_Token() {
	upload, err := client.NewUpload(picture)
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	token, err := upload.Token() // at any time, from any goroutine: keep it in a database or a queue
	if err != nil {
		log.Fatal(err)
	}
	again, err := client.ResumeUpload(picture, token) // anywhere, with the file or a copy
	if err != nil {
		log.Fatal(err)
	}
	defer again.Close()
	if err := again.Run(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.State())
	// Output: uploaded
}

func ExampleClient_UploadReader() {
	reader := strings.NewReader("any io.Reader, whether its length is known or not")
	link, err := client.UploadReader(ctx, reader, -1, ferry.WithFilename("notes.txt"))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	content, err := link.Content(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", content)
	// Output: any io.Reader, whether its length is known or not
}

func ExampleUpload() {
	upload, err := client.NewUpload(picture, ferry.WithPartSize(5<<20))
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	upload.Pause() // from any goroutine; here it pauses the run that follows
	err = upload.Run(ctx)
	fmt.Println(upload.State(), errors.Is(err, ferry.ErrPaused))
	var failed *ferry.Error
	for tries := 0; tries < 5; tries++ {
		err = upload.Run(ctx) // goes on: what is confirmed is not sent again
		if !errors.As(err, &failed) || !failed.Retryable {
			break
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(upload.State())
	// Output:
	// paused true
	// uploaded
}

func ExampleUpload_Run() {
	shift, end := context.WithCancel(ctx)
	upload, err := client.NewUpload(picture, ferry.WithProgress(func(ferry.Progress) error {
		end() // such as by Ctrl-C: see signal.NotifyContext
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	err = upload.Run(shift)
	fmt.Println(upload.State(), errors.Is(err, ferry.ErrCancelled), errors.Is(err, context.Canceled))
	err = upload.Run(ctx) // another context: it goes on
	fmt.Println(upload.State(), err)
	// Output:
	// interrupted true true
	// uploaded <nil>
}

func ExampleClient_Request() {
	link, err := client.UploadBytes(ctx, []byte("some text"), ferry.WithFilename("notes.txt"))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	target := "/file/" + link.Handle() + "/metadata"
	response, err := client.Request(ctx, "GET", target, nil, ferry.WithDeadline(time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	var metadata struct{ Filename string }
	if err := response.JSON(&metadata); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Status, response.Header("Content-Type"), metadata.Filename)
	// Output: 200 application/json notes.txt
}

func ExampleClient_Transform() {
	link, err := client.UploadFile(ctx, picture)
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	chain, err := client.Transform(link.Handle(),
		ferry.Resize{Width: 80, Height: 60, Fit: "crop", Align: "top,left"},
		ferry.Rotate{Deg: 90},
		ferry.Blur{Amount: ferry.Float(2)},
		ferry.Output{Format: "png"},
	)
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	url, err := chain.SignedURL(nil) // to be given away
	if err != nil {
		log.Fatal(err)
	}
	stored, err := chain.Store(ctx, ferry.WithFilename("small.png")) // as a new file
	if err != nil {
		log.Fatal(err)
	}
	defer stored.Close()
	metadata, err := stored.Metadata(ctx, []string{"width", "height"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(url, "fit:crop,height:60,width:80/rotate=deg:90/"))
	fmt.Println(metadata.Width, metadata.Height)
	// Output:
	// true
	// 60 80
}

func ExampleTransform_AVConvert() {
	link, err := client.UploadBytes(ctx, []byte("a video"), ferry.WithFilename("clip.mov"))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	chain, err := client.Transform(link.Handle())
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	av, err := chain.AVConvert(ctx, ferry.VideoConvert{Preset: "h264", Width: 640})
	if err != nil {
		log.Fatal(err)
	}
	defer av.Close()
	status, err := av.Status(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stderr, av.UUID(), av.Timestamp(), status)
	if _, err := av.Wait(ctx); err != nil { // asks for the status until it is completed
		log.Fatal(err)
	}
	converted, err := av.Filelink()
	if err != nil {
		log.Fatal(err)
	}
	defer converted.Close()
	metadata, err := converted.Metadata(ctx, []string{"mimetype"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(metadata.Mimetype)
	// Output: video/mp4
}

func ExampleNewSecurity() {
	policy := ferry.Policy{
		Expiry: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		Call:   []string{"read", "convert"},
		Handle: "0123456789abcdefghij",
	}
	security, err := ferry.NewSecurity(policy, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	link, err := client.Filelink("0123456789abcdefghij")
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	url, err := link.SignedURL(security)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(url, security.Signature()), security.PolicyJSON())
	// Output: true {"call": ["read", "convert"], "expiry": 4102444800, "handle": "0123456789abcdefghij"}
}

func ExampleWebhook() {
	mux := http.NewServeMux()
	mux.Handle("/filestack", ferry.Webhook(func(ctx context.Context, event ferry.WebhookEvent) error {
		fmt.Println(event.Action, string(event.Text))
		return nil // an error is answered with 500, and the message comes again
	}, ferry.WebhookTolerance, "the secret of the webhook"))

	server := httptest.NewServer(mux) // http.ListenAndServe(":8080", mux)
	defer server.Close()
	body := `{"id":1,"action":"fp.upload","text":{"filename":"ferry.png"}}`
	timestamp := fmt.Sprint(time.Now().Unix())
	signature, err := ferry.SignWebhook([]byte(body), timestamp, "the secret of the webhook")
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, server.URL+"/filestack", strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("FS-Timestamp", timestamp)
	request.Header.Set("FS-Signature", signature)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	answer.Body.Close()
	fmt.Println(answer.Status)
	// Output:
	// fp.upload {"filename":"ferry.png"}
	// 204 No Content
}

func ExampleFactory_NewUpload() {
	telestream, err := ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", ferry.WithBaseURL(baseURL))
	if err != nil {
		log.Fatal(err)
	}
	defer telestream.Close()
	factory := telestream.Factory("fac1fac1fac1fac1fac1fac1fac1fac1")
	params := &ferry.VideoParams{Profiles: []string{"h264", "webm"}}
	upload, err := factory.NewUpload(picture, params, ferry.WithFilename("clip.mp4"))
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(ctx); err != nil {
		log.Fatal(err)
	}
	video, err := upload.Video()
	if err != nil {
		log.Fatal(err)
	}
	encodings, err := factory.Videos().WaitEncodings(ctx, video.ID)
	if err != nil {
		log.Fatal(err)
	}
	for _, encoding := range encodings {
		fmt.Println(encoding.ProfileName, encoding.Status, encoding.Extname)
	}
	// Unordered output:
	// h264 success .mp4
	// webm success .webm
}

func ExampleCollection_All() {
	telestream, err := ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", ferry.WithBaseURL(baseURL))
	if err != nil {
		log.Fatal(err)
	}
	defer telestream.Close()
	factories := telestream.Factories().All(ctx, &ferry.FactoryList{PerPage: 1})
	// since Go 1.23: for factory, err := range factories {
	factories(func(factory ferry.FactoryInfo, err error) bool {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(factory.Name)
		return factory.Name != "second-factory"
	})
	// Output:
	// first-factory
	// second-factory
}

func ExampleError() {
	_, err := client.UploadFile(ctx, "/missing.png")
	var failed *ferry.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Message)
	}
	fmt.Println(errors.Is(err, ferry.ErrIO), errors.Is(err, fs.ErrNotExist))
	// Output:
	// cannot open /missing.png: No such file or directory
	// true true
}
