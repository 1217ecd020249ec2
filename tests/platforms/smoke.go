// What smoke.c does, in Go: FILE BASE_URL CA COPY.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func main() {
	client, err := ferry.NewClient("TESTKEY", ferry.WithBaseURL(os.Args[2]), ferry.WithCAFile(os.Args[3]))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	link, err := client.UploadFile(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	size, err := link.Download(context.Background(), os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d bytes\n", ferry.Version(), size)
}
