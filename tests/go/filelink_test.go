package ferrytest

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestDownload(t *testing.T) {
	client := start(t)
	data := noise(300_000)
	link := store(t, client, data)
	path := filepath.Join(t.TempDir(), "back")
	reports := 0
	n, err := link.Download(background, path,
		ferry.WithProgress(func(ferry.Progress) error { reports++; return nil }))
	if err != nil || n != int64(len(data)) || reports == 0 {
		t.Fatalf("%d bytes after %d reports, %v", n, reports, err)
	}
	if !bytes.Equal(must(os.ReadFile(path)), data) {
		t.Error("other bytes came back")
	}
}

func TestFilelinkOfAHandle(t *testing.T) {
	client := start(t)
	stored := store(t, client, []byte("abc"))
	link, err := client.Filelink(stored.Handle())
	if err != nil {
		t.Fatal(err)
	}
	if link.URL() != stored.URL() || !strings.HasSuffix(link.URL(), link.Handle()) {
		t.Errorf("%q is at %q", link.Handle(), link.URL())
	}
	data, err := link.Metadata(background, nil)
	if err != nil || data.Size != 3 || !strings.Contains(string(data.Raw), "size") {
		t.Errorf("the service knows %+v, %v", data, err)
	}
	mustHold(t, link, nil, []byte("abc"))
	if _, err := link.Content(background); !errors.Is(err, ferry.ErrInvalidState) {
		t.Errorf("a closed filelink has content: %v", err)
	}
	if link.URL() != "" {
		t.Errorf("a closed filelink is at %q", link.URL())
	}
	link.Close()
}

func TestOverwriteAndDelete(t *testing.T) {
	client := start(t)
	link := store(t, client, []byte("first"))
	holds := func(text string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if content, err := link.Content(background); string(content) != text {
			t.Errorf("%q is stored, not %q, %v", content, text, err)
		}
	}
	holds("second", link.OverwriteBytes(background, []byte("second")))
	holds("third", link.OverwriteFile(background, file(t, []byte("third"))))
	other := store(t, client, []byte("Zm91cnRo"))
	holds("fourth", link.OverwriteURL(background, must(other.SignedURL(nil)), true))
	if err := other.Forget(background); err != nil {
		t.Error(err)
	}
	if err := link.Delete(background); err != nil {
		t.Fatal(err)
	}
	var failed *ferry.Error
	if _, err := link.Content(background); !errors.As(err, &failed) || failed.HTTPStatus != 404 {
		t.Errorf("content of a deleted file: %v", err)
	}
}

func TestZip(t *testing.T) {
	client := start(t)
	one, two := store(t, client, []byte("one"), ferry.WithFilename("1.txt")),
		store(t, client, []byte("two"), ferry.WithFilename("2.txt"))
	path := filepath.Join(t.TempDir(), "all.zip")
	n, err := client.Zip(background, path, []string{one.Handle(), two.Handle()})
	if err != nil {
		t.Fatal(err)
	}
	archive := must(zip.OpenReader(path))
	defer archive.Close()
	if info := must(os.Stat(path)); info.Size() != n || len(archive.File) != 2 ||
		archive.File[1].Name != "2.txt" {
		t.Errorf("%d files in %d bytes, %d were told", len(archive.File), info.Size(), n)
	}
	if _, err := client.Zip(background, path, nil); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("nothing to zip: %v", err)
	}
}

func TestContextsEndRequests(t *testing.T) {
	client := start(t)
	link := store(t, client, []byte("abc"))
	chain := must(client.Transform(link.Handle(), ferry.ImageSize{}))
	closes(t, chain)
	faults(t, `[{"class": "any", "action": {"stall_ms": 60000}}]`)
	for name, request := range map[string]func(context.Context) error{
		"content":  func(ctx context.Context) error { _, err := link.Content(ctx); return err },
		"metadata": func(ctx context.Context) error { _, err := link.Metadata(ctx, nil); return err },
		"delete":   func(ctx context.Context) error { return link.Delete(ctx) },
		"json":     func(ctx context.Context) error { _, err := chain.JSON(ctx); return err },
		"workflow": func(ctx context.Context) error {
			_, err := client.RunWorkflow(ctx, "w", link.Handle())
			return err
		},
	} {
		_, err := cancelledAt(t, name, "", request)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, ferry.ErrCancelled) {
			t.Errorf("%s: %v, not cancelled", name, err)
		}
	}
}
