package ferrytest

import (
	"bytes"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// handle is one that no file has: chains can be built of it.
const handle = "0123456789abcdefghij"

func picture(t *testing.T, client *ferry.Client) *ferry.Filelink {
	t.Helper()
	data := must(os.ReadFile("../data/ferry.png"))
	return store(t, client, data, ferry.WithFilename("ferry.png"))
}

func TestTasksBecomeURLs(t *testing.T) {
	client := start(t)
	for _, expect := range []struct {
		path string
		task ferry.Task
	}{
		{"flip", ferry.Flip{}},
		{"resize=width:500", ferry.Resize{Width: 500}},
		{"resize=align:%5Btop,left%5D,fit:crop,height:300,width:500",
			ferry.Resize{Width: 500, Height: 300, Fit: "crop", Align: "top,left"}},
		{"resize=align:faces,width:500", ferry.Resize{Width: 500, Align: "faces"}},
		{"crop=dim:%5B0,0,20,10%5D", ferry.Crop{Dim: [4]int{0, 0, 20, 10}}},
		{"resize=align:%5Btop,left%5D,width:500", ferry.Resize{Width: 500, Align: "[top, left]"}},
		{"rotate=deg:90", ferry.Rotate{Deg: 90}},
		{"rotate=deg:exif,exif:false", ferry.Rotate{Deg: ferry.Upright, EXIF: ferry.Bool(false)}},
		{"rounded_corners=radius:max", ferry.RoundedCorners{Radius: ferry.MaxPixels}},
		{"rounded_corners=radius:7", ferry.RoundedCorners{Radius: 7}},
		{"smart_crop=coords:true,width:9", ferry.SmartCrop{Coords: true, Width: 9}},
		{"blur=amount:0", ferry.Blur{Amount: ferry.Float(0)}},
		{"blur", ferry.Blur{}},
		{"border=width:0", ferry.Border{Width: ferry.Int(0)}},
		{"upscale=upscale:false", ferry.Upscale{Upscale: ferry.Bool(false)}},
		{"ascii=colored:true", ferry.ASCII{Colored: true}},
		{"shadow=vector:%5B0,-4%5D", ferry.Shadow{Vector: []int{0, -4}}},
		{"pixelate_faces=faces:%5B1,2%5D", ferry.PixelateFaces{Faces: ferry.Faces{1, 2}}},
		{"pixelate_faces=faces:3", ferry.PixelateFaces{Faces: ferry.Faces{3}}},
		{"pixelate_faces=faces:all", ferry.PixelateFaces{Faces: ferry.Faces{ferry.AllFaces}}},
		{"partial_blur=objects:%5B%5B0,0,1,1%5D,%5B5,5,2,2%5D%5D",
			ferry.PartialBlur{Objects: [][4]int{{0, 0, 1, 1}, {5, 5, 2, 2}}}},
		{"pdfconvert=pages:%5B1-3,5%5D", ferry.PDFConvert{Pages: []string{"1-3", "5"}}},
		{"output=format:jpg,quality:input", ferry.Output{Format: "jpg", Quality: ferry.InputQuality}},
		{"output=format:jpg,quality:80", ferry.Output{Format: "jpg", Quality: 80}},
		{"cache=expiry:max", ferry.Cache{Expiry: ferry.MaxSeconds}},
		{"cache=expiry:3600", ferry.Cache{Expiry: 3600}},
		{"cache=false", ferry.Cache{Bare: "false"}},
		{"collage=files:%5B" + handle + "%5D,height:0,width:10",
			ferry.Collage{Files: []string{handle}, Width: 10}},
		{"quality=value:70", ferry.Quality{Value: 70}},
	} {
		chain, err := client.Transform(handle, expect.task)
		if err != nil {
			t.Errorf("%s: %v", expect.path, err)
			continue
		}
		url, err := chain.URL()
		if tail := "/" + expect.path + "/" + handle; !strings.HasSuffix(url, tail) || err != nil {
			t.Errorf("%q does not end with %q, %v", url, tail, err)
		}
		chain.Close()
	}
}

func TestTasksAreChecked(t *testing.T) {
	client := start(t)
	chain := must(client.Transform(handle, ferry.Flop{}))
	defer chain.Close()
	before := must(chain.URL())
	for _, wrong := range []ferry.Task{ferry.Resize{}, ferry.Resize{Width: -1}, ferry.Rotate{Deg: 360},
		ferry.Rotate{Deg: -1}, ferry.Quality{}, ferry.Enhance{Preset: "x"}} {
		var failed *ferry.Error
		if err := chain.Add(wrong); !errors.As(err, &failed) || !errors.Is(err, ferry.ErrInvalidArgument) ||
			failed.Message == "" {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := chain.AddText("resize", "widht:500"); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a word with an error: %v", err)
	}
	if after := must(chain.URL()); after != before {
		t.Errorf("%q has become %q", before, after)
	}
	if _, err := client.Transform(handle, ferry.Resize{}); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a chain with a wrong task: %v", err)
	}
	if _, err := client.TransformList(nil); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a chain of nothing: %v", err)
	}
}

func TestChainsGrowAndFork(t *testing.T) {
	client := start(t)
	chain := must(client.Transform(handle))
	defer chain.Close()
	if err := chain.Add(ferry.Flip{}, ferry.Sepia{Tone: ferry.Float(0)}); err != nil {
		t.Fatal(err)
	}
	other := must(chain.Clone())
	defer other.Close()
	if err := errors.Join(chain.AddText("resize", "width:5,fit:max"),
		other.AddRaw("new_task=k:v")); err != nil {
		t.Fatal(err)
	}
	other.WithAPIKey(true)
	if url := must(chain.URL()); !strings.HasSuffix(url,
		"/flip/sepia=tone:0/resize=fit:max,width:5/"+handle) {
		t.Error(url)
	}
	if url := must(other.URL()); !strings.HasSuffix(url, "/TESTKEY/flip/sepia=tone:0/new_task=k:v/"+handle) {
		t.Error(url)
	}
	if url := must(chain.SignedURL(nil)); !strings.Contains(url, "/security=p:") {
		t.Error(url)
	}
	if url := must(chain.Base64URL(nil)); !strings.Contains(url, "/b64/") {
		t.Error(url)
	}
	shot, err := client.Screenshot("https://example.com/",
		ferry.URLScreenshot{Agent: "mobile", Width: 400, Device: "a b"}, ferry.Flip{})
	if err != nil {
		t.Fatal(err)
	}
	defer shot.Close()
	if url := must(shot.URL()); !strings.Contains(url, "/urlscreenshot=agent:mobile,device:") ||
		!strings.Contains(url, "width:400/flip/") {
		t.Error(url)
	}
	_, err = client.Screenshot("https://example.com/", ferry.URLScreenshot{Device: `"`})
	if !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a device with a quote: %v", err)
	}
}

func TestChainsRun(t *testing.T) {
	client := start(t)
	link := picture(t, client)
	chain := must(client.Transform(link.Handle(), ferry.Resize{Width: 40}, ferry.Output{Format: "png"}))
	defer chain.Close()
	content, err := chain.Content(background)
	if err != nil {
		t.Fatal(err)
	}
	if image := must(png.Decode(bytes.NewReader(content))); image.Bounds().Dx() != 40 {
		t.Errorf("the picture is %v", image.Bounds())
	}
	path := filepath.Join(t.TempDir(), "small.png")
	if n, err := chain.Download(background, path); err != nil || n != int64(len(content)) ||
		!bytes.Equal(must(os.ReadFile(path)), content) {
		t.Errorf("%d bytes are downloaded, %v", n, err)
	}
	var stream bytes.Buffer
	if n, err := chain.Stream(background, &stream); err != nil || n != int64(len(content)) ||
		!bytes.Equal(stream.Bytes(), content) {
		t.Errorf("%d bytes are streamed, %v", n, err)
	}
	stored, err := chain.Store(background, ferry.WithFilename("small.png"), ferry.WithPath("small/"))
	mustHold(t, stored, err, content)

	if err := chain.Add(ferry.ImageSize{}); err != nil {
		t.Fatal(err)
	}
	answer, err := chain.JSON(background)
	if err != nil {
		t.Fatal(err)
	}
	if size := parse[struct{ Width int }](t, answer); size.Width != 40 {
		t.Errorf("the size is %s", answer)
	}
}

func TestWritersFail(t *testing.T) {
	client := start(t)
	link := picture(t, client)
	chain := must(client.Transform(link.Handle(), ferry.Flip{}))
	defer chain.Close()
	full := errors.New("the disk is full")
	if _, err := chain.Stream(background,
		writerFunc(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Errorf("%v, not the writer's error", err)
	}
	_, err := chain.Stream(background,
		writerFunc(func(data []byte) (int, error) { return len(data) - 1, nil }))
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%v for a short write", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(data []byte) (int, error) { return f(data) }

func TestConversion(t *testing.T) {
	client := start(t)
	link := store(t, client, noise(1000), ferry.WithFilename("clip.mov"))
	chain := must(client.Transform(link.Handle()))
	defer chain.Close()
	av, err := chain.AVConvert(background, ferry.VideoConvert{Preset: "h264", Width: 640})
	if err != nil {
		t.Fatal(err)
	}
	defer av.Close()
	if av.UUID() == "" || time.Since(av.Timestamp()) > time.Hour ||
		!strings.Contains(av.URL(), "video_convert=") {
		t.Errorf("%q began at %v: %q", av.UUID(), av.Timestamp(), av.URL())
	}
	if _, err := av.Filelink(); !errors.Is(err, ferry.ErrNotReady) {
		t.Errorf("a result: %v", err)
	}
	if status, err := av.Status(background); err != nil || status == "" {
		t.Errorf("%q, %v", status, err)
	}
	waited := false
	answer, err := av.Wait(background,
		ferry.WithProgress(func(ferry.Progress) error { waited = true; return nil }))
	if err != nil || !waited || !strings.Contains(string(answer), "completed") {
		t.Fatalf("%s, %v", answer, err)
	}
	converted, err := av.Filelink()
	if err != nil {
		t.Fatal(err)
	}
	converted.Close()

	faults(t, `[{"class": "av", "times": 1, "action": {"job_failed": true}}]`)
	failing, err := chain.AVConvert(background, ferry.VideoConvert{Preset: "webm"})
	if err != nil {
		t.Fatal(err)
	}
	defer failing.Close()
	if _, err := failing.Wait(background); !errors.Is(err, ferry.ErrHTTP) {
		t.Errorf("%v, though it has failed", err)
	}
}

func TestWorkflow(t *testing.T) {
	client := start(t)
	link := store(t, client, []byte("abc"))
	job, err := client.RunWorkflow(background, "workflow-1", link.Handle())
	if err != nil {
		t.Fatal(err)
	}
	if job.ID == "" || !strings.Contains(string(job.Raw), job.ID) {
		t.Fatalf("the job is %+v", job)
	}
	for job.Status != "Finished" {
		if job, err = client.WorkflowStatus(background, job.ID); err != nil {
			t.Fatal(err)
		}
		if job.Status == "Failed" {
			t.Fatalf("%s", job.Raw)
		}
	}
}
