// end FILE URL TOKEN: ends an upload, and prints the URL of the stored file.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func main() {
	path, url, token := os.Args[1], os.Args[2], os.Args[3]
	client, err := ferry.NewClient("TESTKEY", ferry.WithBaseURL(url))
	if err != nil {
		log.Fatal(err)
	}
	upload, err := client.ResumeUpload(path, token)
	if err != nil {
		log.Fatal(err)
	}
	if err := upload.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	link, err := upload.Filelink()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(link.URL())
}
