package ferry_test

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// stored is a text file at the service.
func stored(text string) *ferry.Filelink {
	link, err := client.UploadBytes(ctx, []byte(text), ferry.WithFilename("notes.txt"))
	if err != nil {
		log.Fatal(err)
	}
	return link
}

func ExampleClient_Filelink() {
	handle := stored("some text").Handle() // what a database keeps of a file
	link, err := client.Filelink(handle)
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	content, err := link.Content(ctx)
	fmt.Println(string(content), err)
	// Output: some text <nil>
}

func ExampleFilelink_Open() {
	link := stored("one\ntwo\n")
	defer link.Close()
	file := link.Open(ctx)
	defer file.Close()
	if _, err := io.Copy(os.Stdout, file); err != nil { // or a bufio.Scanner, json.NewDecoder, …
		log.Fatal(err)
	}
	// Output:
	// one
	// two
}

func ExampleFile_ReadAt() {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("ferry-%d.zip", os.Getpid()))
	defer os.Remove(path)
	link := stored("some text")
	defer link.Close()
	if _, err := client.Zip(ctx, path, []string{link.Handle()}); err != nil {
		log.Fatal(err)
	}
	packed, err := client.UploadFile(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	defer packed.Close()
	file := packed.Open(ctx)
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		log.Fatal(err)
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		log.Fatal(err)
	}
	for _, entry := range archive.File {
		fmt.Println(entry.Name, entry.UncompressedSize64)
	}
	// Output: notes.txt 9
}

func ExampleFilelink_Stream() {
	link := stored("some text")
	defer link.Close()
	n, err := link.Stream(ctx, os.Stdout)
	fmt.Println("", n, err)
	// Output: some text 9 <nil>
}

func ExampleFilelink_Download() {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("ferry-%d.txt", os.Getpid()))
	defer os.Remove(path)
	link := stored("some text")
	defer link.Close()
	n, err := link.Download(ctx, path, ferry.WithProgress(func(p ferry.Progress) error {
		fmt.Fprintln(os.Stderr, p)
		return nil
	}))
	fmt.Println(n, err)
	// Output: 9 <nil>
}

func ExampleFilelink_Metadata() {
	link := stored("some text")
	defer link.Close()
	metadata, err := link.Metadata(ctx, []string{"filename", "size", "uploaded", "md5"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(metadata.Filename, metadata.Size, time.Since(metadata.Uploaded) < time.Hour)
	// Output: notes.txt 9 true
}

func ExampleFilelink_SignedURL() {
	policy := ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: []string{"read"}}
	security, err := ferry.NewSecurity(policy, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	link := stored("some text")
	defer link.Close()
	url, err := link.SignedURL(security) // for a browser
	fmt.Println(strings.Contains(url, link.Handle()), strings.Contains(url, security.Policy()), err)
	// Output: true true <nil>
}

func ExampleFilelink_OverwriteReader() {
	link := stored("first")
	defer link.Close()
	if err := link.OverwriteReader(ctx, strings.NewReader("any io.Reader")); err != nil {
		log.Fatal(err)
	}
	content, err := link.Content(ctx)
	fmt.Println(string(content), err)
	// Output: any io.Reader <nil>
}

func ExampleFilelink_NewWriter() {
	link := stored("first")
	defer link.Close()
	writer := link.NewWriter(ctx)
	defer writer.Discard() // unless it is closed by then
	fmt.Fprintf(writer, "%d bottles", 99)
	if err := writer.Close(); err != nil { // now it is stored
		log.Fatal(err)
	}
	content, err := link.Content(ctx)
	fmt.Println(string(content), err)
	// Output: 99 bottles <nil>
}

func ExampleFilelink_OverwriteFile() {
	link := stored("first")
	defer link.Close()
	if err := link.OverwriteFile(ctx, "go.mod"); err != nil {
		log.Fatal(err)
	}
	if err := link.OverwriteBytes(ctx, []byte("second")); err != nil {
		log.Fatal(err)
	}
	other := stored("third")
	defer other.Close()
	url, err := other.SignedURL(nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := link.OverwriteURL(ctx, url, false); err != nil {
		log.Fatal(err)
	}
	content, err := link.Content(ctx)
	fmt.Println(string(content), err)
	// Output: third <nil>
}

func ExampleFilelink_Delete() {
	link := stored("some text")
	defer link.Close()
	if err := link.Delete(ctx); err != nil { // Forget keeps the object in its storage
		log.Fatal(err)
	}
	_, err := link.Content(ctx)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	other := stored("some text")
	defer other.Close()
	fmt.Println(other.Forget(ctx))
	// Output:
	// true
	// <nil>
}

func ExampleFilelink_Answer() {
	link := stored("some text")
	defer link.Close()
	answer, err := link.Answer() // all that the service said when it was stored
	fmt.Println(strings.Contains(string(answer), `"filename"`), err)
	// Output: true <nil>
}

func ExampleClient_Zip() {
	one, two := stored("one"), stored("two")
	defer one.Close()
	defer two.Close()
	path := filepath.Join(os.TempDir(), fmt.Sprintf("ferry-all-%d.zip", os.Getpid()))
	defer os.Remove(path)
	n, err := client.Zip(ctx, path, []string{one.Handle(), two.Handle()})
	fmt.Println(n > 0, err)
	// Output: true <nil>
}

func ExampleClient_UploadReaderAt() {
	file, err := os.Open(picture)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	link, err := client.UploadReaderAt(ctx, file, 1000) // the first 1000 bytes
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	content, err := link.Content(ctx)
	fmt.Println(len(content), err)
	// Output: 1000 <nil>
}

func ExampleClient_UploadURL() {
	other := stored("some text")
	defer other.Close()
	url, err := other.SignedURL(nil)
	if err != nil {
		log.Fatal(err)
	}
	link, err := client.UploadURL(ctx, url, ferry.WithFilename("copy.txt"))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	content, err := link.Content(ctx)
	fmt.Println(string(content), err)
	// Output: some text <nil>
}

func ExampleClient_NewUploadMany() {
	upload, err := client.NewUploadMany(ferry.Files(picture, "go.mod"))
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(ctx); err != nil {
		log.Fatal(err)
	}
	link, err := upload.ItemFilelink(1)
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	results, err := upload.Results()
	defer results.Close()
	fmt.Println(link.Handle() == results[1].Filelink.Handle(), err)
	// Output: true <nil>
}

func ExampleUpload_Interrupt() {
	var upload *ferry.Upload
	upload, err := client.NewUpload(picture, ferry.WithProgress(func(ferry.Progress) error {
		upload.Interrupt() // from any goroutine
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	err = upload.Run(ctx)
	fmt.Println(upload.State(), errors.Is(err, ferry.ErrCancelled))
	upload.Limit(1 << 30) // bytes a second, from now on
	upload.Cancel()       // for good
	err = upload.Run(ctx)
	fmt.Println(upload.State(), errors.Is(err, ferry.ErrCancelled))
	// Output:
	// interrupted true
	// aborted true
}

func ExampleUpload_Filelink() {
	upload, err := client.NewUpload(picture)
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	_, err = upload.Filelink()
	fmt.Println(errors.Is(err, ferry.ErrNotReady))
	if err := upload.Run(ctx); err != nil {
		log.Fatal(err)
	}
	link, err := upload.Filelink()
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	answer, err := upload.Result()
	fmt.Println(strings.Contains(string(answer), link.Handle()), err)
	// Output:
	// true
	// true <nil>
}

func ExampleWithDeadline() {
	ctx, cancel := context.WithTimeout(ctx, 0)
	defer cancel()
	_, err := client.UploadFile(ctx, picture)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded))
	link, err := client.UploadFile(context.Background(), picture, ferry.WithDeadline(time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	// Output: true true
}
