// Film uploads a film to Telestream Cloud, has it encoded, and prints a line for each encoding: its profile,
// its status, and the addresses of its files, or why it has failed. The factory is TELESTREAM_FACTORY, or the
// first one. Exit code: 0 all encoded, 1 failed, 2 wrong arguments, 130 interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func main() {
	access, secret := os.Getenv("TELESTREAM_ACCESS_KEY"), os.Getenv("TELESTREAM_SECRET_KEY")
	if len(os.Args) != 2 || os.Args[1] == "--help" || access == "" || secret == "" {
		fmt.Fprintln(os.Stderr, "usage: TELESTREAM_ACCESS_KEY=KEY TELESTREAM_SECRET_KEY=KEY film FILE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	cloud, err := ferry.NewTelestream(access, secret, ferry.WithBaseURL(os.Getenv("TELESTREAM_URL")))
	if err == nil {
		err = encode(ctx, cloud, os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nfilm:", err)
		if ctx.Err() != nil {
			os.Exit(130)
		}
		os.Exit(1)
	}
}

func encode(ctx context.Context, cloud *ferry.Telestream, path string) error {
	all, err := cloud.Factories().Collect(ctx, nil)
	wanted := os.Getenv("TELESTREAM_FACTORY")
	at := slices.IndexFunc(all, func(it ferry.FactoryInfo) bool { return wanted == "" || it.ID == wanted })
	if err == nil && at < 0 {
		err = fmt.Errorf("the account has no factory %s", wanted)
	}
	if err != nil {
		return err
	}
	factory := cloud.Factory(all[at].ID)
	profile := ferry.ProfileParams{Name: "film", PresetName: "h264", Width: 1280, Height: 720}
	if _, err = factory.Profiles().Find(ctx, "film"); errors.Is(err, fs.ErrNotExist) {
		_, err = factory.Profiles().Create(ctx, profile)
	}
	if err != nil {
		return err
	}
	upload, err := factory.NewUpload(path, &ferry.VideoParams{Profiles: []string{"film"}}, show("upload"))
	if err != nil {
		return err
	}
	defer upload.Close()
	err = upload.Run(ctx)
	var failed *ferry.Error
	for run := 1; run < 5 && ctx.Err() == nil && errors.As(err, &failed) && failed.Retryable; run++ {
		fmt.Fprintf(os.Stderr, "\n%v; going on\n", err)
		err = upload.Run(ctx) // what the service has is not sent again
	}
	if err != nil {
		return err
	}
	video, _ := upload.Video() // it is stored, so there is one
	encodings, err := factory.Videos().WaitEncodings(ctx, video.ID, show("encode"))
	fmt.Fprintln(os.Stderr)
	for _, it := range encodings {
		fmt.Print(it.ProfileName, " ", it.Status)
		for _, file := range it.Files {
			fmt.Print(" ", all[at].URL, file)
		}
		fmt.Println("", it.ErrorMessage)
		if it.Status != "success" {
			err = errors.New("not every encoding has succeeded")
		}
	}
	return err
}

func show(what string) ferry.CallOption {
	return ferry.WithProgress(func(p ferry.Progress) error {
		fmt.Fprintf(os.Stderr, "\r%s %.1f %%", what, 100*float64(p.BytesDone)/float64(max(p.BytesTotal, 1)))
		return nil
	})
}
