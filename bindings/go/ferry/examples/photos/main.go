// Photos uploads pictures to Filestack as one batch and stores a thumbnail of each. It prints a line of JSON
// for each: path, handle, two addresses that anybody may read for an hour, width and height in pixels.
//
// After a failure or Ctrl-C the same command goes on: what photos.journal has is not sent again, but printed.
// Exit code: 0 all done, 1 some failed, 2 wrong arguments, 130 interrupted.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// thumbnails is how many of them are made at a time. The service makes them; here is only waited.
const thumbnails = 8

// line is what is printed of a picture.
type line struct {
	Path      string `json:"path"`
	Handle    string `json:"handle"`
	URL       string `json:"url"`
	Thumbnail string `json:"thumbnail"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
}

// album is what the goroutines share that make the thumbnails.
type album struct {
	client *ferry.Client
	secret string

	working sync.WaitGroup
	slots   chan struct{}

	mutex        sync.Mutex // guards what follows
	out          *json.Encoder
	done, failed int
}

func main() {
	apikey, secret := os.Getenv("FILESTACK_APIKEY"), os.Getenv("FILESTACK_SECRET")
	if len(os.Args) < 3 || apikey == "" || secret == "" {
		fmt.Fprintln(os.Stderr,
			"usage: FILESTACK_APIKEY=K FILESTACK_SECRET=S [FILESTACK_URL=U] photos ALBUM FILES")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	a := &album{secret: secret, slots: make(chan struct{}, thumbnails), out: json.NewEncoder(os.Stdout)}
	err := a.upload(ctx, apikey, os.Args[1], os.Args[2:])
	fmt.Fprintf(os.Stderr, "\n%d done, %d failed\n", a.done, a.failed)
	switch {
	case ctx.Err() != nil && err != nil:
		fmt.Fprintln(os.Stderr, "photos: interrupted; the same command goes on")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "photos:", err)
		var failure *ferry.Error
		if errors.As(err, &failure) && failure.Retryable {
			fmt.Fprintln(os.Stderr, "photos: the same command goes on")
		}
		os.Exit(1)
	case a.failed > 0:
		os.Exit(1)
	}
}

// upload stores the pictures, and makes a thumbnail of each as soon as it is stored.
func (a *album) upload(ctx context.Context, apikey, name string, paths []string) error {
	own, err := ferry.NewSecurity(ferry.Policy{
		Expiry: ferry.ExpiryIn(24 * time.Hour),
		Call:   []string{"pick", "read", "stat", "convert", "store"},
	}, a.secret)
	if err != nil {
		return err
	}
	defer own.Close()
	baseURL := os.Getenv("FILESTACK_URL") // "": Filestack
	a.client, err = ferry.NewClient(apikey, ferry.WithBaseURL(baseURL), ferry.WithSecurity(own))
	if err != nil {
		return err
	}
	defer a.client.Close()
	defer a.working.Wait()

	ended := 0
	results, err := a.client.UploadMany(ctx, ferry.Files(paths...),
		ferry.WithTags(map[string]string{"album": name}),
		ferry.WithJournal("photos.journal"),
		ferry.WithProgress(func(p ferry.Progress) error {
			fmt.Fprintf(os.Stderr, "\r%d of %d pictures", p.FilesDone, p.FilesTotal)
			return nil
		}),
		ferry.WithOnItem(func(_ int, result ferry.BatchResult) error {
			if result.Err != nil {
				a.fail(ctx, result.Path, result.Err)
			} else {
				a.start(ctx, result.Path, result.Filelink.Handle())
			}
			// The journal has all pictures until the last of these calls has returned nil.
			if ended++; ended == len(paths) {
				a.working.Wait()
			}
			return ctx.Err()
		}))
	results.Close()
	return err
}

// start finishes a picture in a goroutine, once there is a slot.
func (a *album) start(ctx context.Context, path, handle string) {
	a.slots <- struct{}{}
	a.working.Add(1)
	go func() {
		defer a.working.Done()
		defer func() { <-a.slots }()
		if err := a.finish(ctx, path, handle); err != nil {
			a.fail(ctx, path, err)
		}
	}()
}

// finish stores the thumbnail of a picture that is stored, and prints its line.
func (a *album) finish(ctx context.Context, path, handle string) error {
	file, err := a.client.Filelink(handle)
	if err != nil {
		return err
	}
	defer file.Close()
	chain, err := a.client.Transform(handle, ferry.Resize{Width: 200, Height: 200}, ferry.Sharpen{})
	if err != nil {
		return err
	}
	defer chain.Close()
	small, err := chain.Store(ctx)
	if err != nil {
		return err
	}
	defer small.Close()
	size, err := file.Metadata(ctx, []string{"width", "height"})
	if err != nil {
		return err
	}
	url, err := a.urlForAnHour(file)
	if err != nil {
		return err
	}
	thumbnail, err := a.urlForAnHour(small)
	if err != nil {
		return err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if err := a.out.Encode(line{path, handle, url, thumbnail, size.Width, size.Height}); err != nil {
		return err
	}
	a.done++
	return nil
}

// urlForAnHour is the address of a file for anybody who may read this file, and no other, for an hour.
func (a *album) urlForAnHour(file *ferry.Filelink) (string, error) {
	policy := ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: []string{"read"}, Handle: file.Handle()}
	security, err := ferry.NewSecurity(policy, a.secret)
	if err != nil {
		return "", err
	}
	defer security.Close()
	return file.SignedURL(security)
}

// fail tells of a picture that has failed, unless that is for Ctrl-C.
func (a *album) fail(ctx context.Context, path string, err error) {
	if ctx.Err() != nil {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.failed++
	fmt.Fprintf(os.Stderr, "\n%s: %v\n", path, err)
}
