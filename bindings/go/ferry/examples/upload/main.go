package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("FILE APIKEY [BASE_URL]")
	}
	arguments := append(os.Args, "")
	client, err := ferry.NewClient(arguments[2], ferry.WithBaseURL(arguments[3]))
	if err != nil {
		log.Fatal(err)
	}
	link, err := client.UploadFile(context.Background(), arguments[1], ferry.WithProgress(func(p ferry.Progress) error {
		fmt.Fprintf(os.Stderr, "\r%d kB", p.BytesDone/1000)
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("\n%s\n", link.URL())
}
