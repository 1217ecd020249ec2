package ferrytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// flip gives a factory of its own at the local cloud.
func flip(t *testing.T, options ...ferry.TelestreamOption) ferry.Factory {
	t.Helper()
	leakless(t)
	options = append(options, ferry.WithBaseURL(base))
	account := must(ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options...))
	closes(t, account)
	info, err := account.Factories().Create(background, ferry.FactoryParams{Name: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	if same, err := account.Factories().Find(background, info.ID); err != nil || same.Name != t.Name() {
		t.Fatalf("%+v, %v", same, err)
	}
	return account.Factory(info.ID)
}

// output is the first file of an encoding.
func output(t *testing.T, account *ferry.Telestream, factory string, encoding ferry.Encoding) []byte {
	t.Helper()
	info, err := account.Factories().Find(background, factory)
	if err != nil || len(encoding.Files) == 0 {
		t.Fatalf("%v, the encoding is %s", err, encoding.Raw)
	}
	answer := must(http.Get(info.URL + encoding.Files[0]))
	defer answer.Body.Close()
	return must(io.ReadAll(answer.Body))
}

func TestUploadsBecomeVideos(t *testing.T) {
	for name, options := range map[string][]ferry.TelestreamUploadOption{
		"parts":  {ferry.WithFilename("clip.mp4"), ferry.WithConcurrency(3)},
		"ranges": {ferry.WithFilename("clip.mp4"), ferry.WithProtocol(ferry.ProtocolRanges)},
	} {
		t.Run(name, func(t *testing.T) {
			leakless(t)
			account := must(ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY",
				ferry.WithBaseURL(base)))
			defer account.Close()
			info := must(account.Factories().Create(background, ferry.FactoryParams{Name: name}))
			factory := account.Factory(info.ID)
			data := noise(size)
			see, check := watchBytes(t)
			with := append(options, ferry.WithProgress(see))
			upload, err := factory.NewUpload(file(t, data),
				&ferry.VideoParams{Profiles: []string{"h264"}, Payload: "mine"}, with...)
			if err != nil {
				t.Fatal(err)
			}
			defer upload.Close()
			if _, err := upload.Video(); !errors.Is(err, ferry.ErrNotReady) {
				t.Errorf("a video: %v", err)
			}
			if err := upload.Run(background); err != nil {
				t.Fatal(err)
			}
			check()
			video, err := upload.Video()
			if err != nil || video.Payload != "mine" || upload.State() != ferry.StateUploaded {
				t.Fatalf("%s, %v", video.Raw, err)
			}
			if _, err := upload.Filelink(); !errors.Is(err, ferry.ErrInvalidState) {
				t.Errorf("a filelink: %v", err)
			}
			if video, err = factory.Videos().Wait(background, video.ID); err != nil ||
				video.FileSize != size || video.OriginalFilename != "clip.mp4" {
				t.Errorf("%s, %v", video.Raw, err)
			}
			encodings, err := factory.Videos().WaitEncodings(background, video.ID)
			if err != nil || len(encodings) != 1 || encodings[0].Status != "success" ||
				encodings[0].ProfileName != "h264" {
				t.Fatalf("%+v, %v", encodings, err)
			}
			if !bytes.Equal(output(t, account, info.ID, encodings[0]), data) {
				t.Error("other bytes came out")
			}
		})
	}
}

// watchBytes is watch for uploads whose parts nobody counts.
func watchBytes(t *testing.T) (func(ferry.Progress) error, func()) {
	var last ferry.Progress
	see := func(p ferry.Progress) error {
		if p.BytesDone < last.BytesDone {
			t.Errorf("progress went back from %d to %d", last.BytesDone, p.BytesDone)
		}
		last = p
		runtime.GC()
		return nil
	}
	return see, func() {
		t.Helper()
		if last.BytesDone != size || last.BytesTotal != size {
			t.Errorf("the last report is %+v", last)
		}
	}
}

func TestVideoUploadGoesOnAfterAFailure(t *testing.T) {
	factory := flip(t, ferry.WithMaxRetries(0))
	faults(t, `[{"class": "flip_part", "match": {"part": 1}, "times": 1, "action": {"status": 503}}]`)
	upload, err := factory.NewUpload(file(t, noise(size)), nil, ferry.WithFilename("clip.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	var failed *ferry.Error
	for err = upload.Run(background); errors.As(err, &failed) && failed.Retryable; {
		if upload.State() != ferry.StateInterrupted {
			t.Errorf("the state is %q", upload.State())
		}
		err = upload.Run(background)
	}
	if err != nil || failed == nil || failed.HTTPStatus != 503 {
		t.Errorf("%v after %v", err, failed)
	}
	if video, err := upload.Video(); err != nil || video.ID == "" {
		t.Errorf("%+v, %v", video, err)
	}
}

func TestVideosOfFiles(t *testing.T) {
	factory := flip(t)
	path := filepath.Join(t.TempDir(), "small.mp4")
	if err := os.WriteFile(path, []byte("a small video"), 0o600); err != nil {
		t.Fatal(err)
	}
	video, err := factory.Videos().Create(background,
		ferry.VideoParams{File: path, Profiles: []string{"webm"}})
	if err != nil {
		t.Fatal(err)
	}
	encodings, err := factory.Videos().Encodings(background, video.ID, nil)
	if err != nil || len(encodings) != 1 {
		t.Fatalf("%+v, %v", encodings, err)
	}
	percent := uint64(0)
	encoding, err := factory.Encodings().Wait(background, encodings[0].ID,
		ferry.WithProgress(func(p ferry.Progress) error {
			percent = p.BytesDone
			return nil
		}))
	if err != nil || encoding.Status != "success" || percent != 100 {
		t.Errorf("%s at %d %%, %v", encoding.Raw, percent, err)
	}
	all, err := factory.Videos().Collect(background, &ferry.VideoList{Status: "success"})
	if err != nil || len(all) != 1 || all[0].ID != video.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if err := factory.Videos().Delete(background, video.ID); err != nil {
		t.Error(err)
	}
	if _, err := factory.Videos().Wait(background, video.ID); !errors.Is(err, ferry.ErrHTTP) {
		t.Errorf("it is gone: %v", err)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := factory.Videos().Collect(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, though the context has ended", err)
	}
}

func TestUploadsWithoutAFile(t *testing.T) {
	factory := flip(t)
	data, name := noise(6<<20), ferry.WithFilename("live.mp4")
	params := &ferry.VideoParams{Profiles: []string{"none"}}
	broken := errors.New("of the reader")
	at, fails := 0, true
	reader := readerFunc(func(buffer []byte) (int, error) {
		if at > len(data)/2 && fails {
			fails = false
			return 0, broken
		}
		n := copy(buffer, data[at:])
		at += n
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	})
	failing := must(factory.NewUploadReader(reader, int64(len(data)), params, name))
	if err := failing.Run(background); !errors.Is(err, broken) || failing.State() != ferry.StateError {
		t.Errorf("%v, state %v", err, failing.State())
	}
	for how, upload := range map[string]*ferry.Upload{
		"bytes":        must(factory.NewUploadBytes(data, params, name)),
		"of that size": must(factory.NewUploadReader(bytes.NewReader(data), int64(len(data)), params, name)),
		"of any size": must(factory.NewUploadReader(
			iotest.DataErrReader(bytes.NewReader(data)), -1, params, name)),
		"after a failure": failing,
	} {
		runtime.GC()
		if err := upload.Run(background); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		video := must(upload.Video())
		if video, err := factory.Videos().Wait(background, video.ID); err != nil ||
			video.FileSize != int64(len(data)) {
			t.Errorf("%s: %d bytes, %v", how, video.FileSize, err)
		}
		upload.Close()
	}
	_, urlErr := factory.NewUploadBytes(data, &ferry.VideoParams{SourceURL: "https://e.com/a.mp4"}, name)
	_, bytesErr := factory.NewUploadBytes(data, nil)
	_, readerErr := factory.NewUploadReader(reader, 0, nil, name)
	for _, err := range []error{urlErr, bytesErr, readerErr} {
		if !errors.Is(err, ferry.ErrInvalidArgument) {
			t.Error(err)
		}
	}
}

func TestAnErrorThatCameWithBytesIsToldOnce(t *testing.T) {
	factory := flip(t)
	data, broken := noise(3000), errors.New("of the reader")
	for name, announced := range map[string]int64{"of that size": int64(len(data)), "of any size": -1} {
		at := 0
		reader := readerFunc(func(buffer []byte) (int, error) {
			n := copy(buffer[:min(len(buffer), 1000)], data[at:])
			at += n
			switch {
			case at == 2000 && n > 0:
				return n, broken
			case n == 0:
				return 0, io.EOF
			}
			return n, nil
		})
		upload := must(factory.NewUploadReader(reader, announced, nil, ferry.WithFilename("live.mp4")))
		defer upload.Close()
		mustBe(t, name, upload.Run(background), broken)
		isStored(t, factory, upload, data)
	}
}

func TestNoBytesAreLostIfTheContextEndsWhileTheyAreRead(t *testing.T) {
	factory := flip(t)
	data := noise(3000)
	for name, announced := range map[string]int64{"of that size": int64(len(data)), "of any size": -1} {
		ctx, cancel := context.WithCancel(background)
		left := bytes.NewReader(data)
		reader := readerFunc(func(buffer []byte) (int, error) {
			cancel()
			return left.Read(buffer[:min(len(buffer), 1000)])
		})
		upload := must(factory.NewUploadReader(reader, announced, nil, ferry.WithFilename("live.mp4")))
		defer upload.Close()
		mustBe(t, name, upload.Run(ctx), ferry.ErrCancelled, context.Canceled)
		isStored(t, factory, upload, data)
	}
}

// isStored runs an upload once more, and compares what has become of it with what was to be sent.
func isStored(t *testing.T, factory ferry.Factory, upload *ferry.Upload, data []byte) {
	t.Helper()
	if err := upload.Run(background); err != nil {
		t.Fatal(err)
	}
	video, err := upload.Video()
	if err != nil {
		t.Fatal(err)
	}
	if video, err = factory.Videos().Wait(background, video.ID); err != nil ||
		video.FileSize != int64(len(data)) {
		t.Errorf("%d bytes of %d are stored, %v", video.FileSize, len(data), err)
	}
}

func TestExtraFiles(t *testing.T) {
	factory := flip(t)
	subtitles := file(t, []byte("1\n00:00:00,000 --> 00:00:01,000\nA ferry\n"))
	upload, err := factory.NewUpload(file(t, noise(1000)), nil, ferry.WithFilename("clip.mp4"),
		ferry.WithExtraFiles(map[string][]string{"subtitles": {subtitles}}))
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(background); err != nil {
		t.Error(err)
	}
}

func TestAPIKeys(t *testing.T) {
	leakless(t)
	account, err := ferry.NewTelestreamWithAPIKey("LOCAL_API_KEY", ferry.WithBaseURL(base))
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()
	info, err := account.Factories().Create(background, ferry.FactoryParams{Name: "by key"})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := account.Factories().Find(background, info.ID); err != nil ||
		found.Name != "by key" {
		t.Errorf("%+v, %v", found, err)
	}
	_, err = account.SignedParams("GET", "/videos.json", nil, time.Time{})
	if !errors.Is(err, ferry.ErrInvalidState) {
		t.Errorf("nothing is signed: %v", err)
	}
	if _, err := account.Factory(info.ID).Encodings().Update(background, "none",
		ferry.EncodingParams{ProfileID: "x"}); !errors.Is(err, ferry.ErrHTTP) {
		t.Errorf("an encoding that is none: %v", err)
	}
	var failed *ferry.Error
	wrong := must(ferry.NewTelestreamWithAPIKey("wrong", ferry.WithBaseURL(base)))
	defer wrong.Close()
	if _, err := wrong.Factories().List(background, nil); !errors.As(err, &failed) ||
		failed.HTTPStatus != 401 {
		t.Errorf("with a wrong key: %v", err)
	}
}
