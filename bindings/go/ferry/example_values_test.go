package ferry_test

import (
	"encoding/json"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// Where a number, a word or a list may stand, the fields of a task have types of their own.
func ExampleTask() {
	chain, err := client.Transform(someHandle,
		ferry.Rotate{Deg: ferry.Upright},
		ferry.RoundedCorners{Radius: ferry.MaxPixels},
		ferry.CropFaces{Faces: ferry.Faces{1, 3}},
		ferry.BlurFaces{Faces: ferry.Faces{ferry.AllFaces}},
		ferry.Watermark{File: someHandle, Position: "bottom,right"},
		ferry.PDFConvert{Pages: ferry.Pages{"1", "3-5", "8-"}},
		ferry.Output{Format: "jpg", Quality: ferry.InputQuality},
		ferry.Cache{Expiry: ferry.MaxSeconds},
	)
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	url, err := chain.URL()
	if err != nil {
		log.Fatal(err)
	}
	for _, task := range strings.Split(strings.TrimPrefix(url, baseURL), "/") {
		fmt.Println(task)
	}
	// Output:
	// rotate=deg:exif
	// rounded_corners=radius:max
	// crop_faces=faces:%5B1,3%5D
	// blur_faces=faces:all
	// watermark=file:0123456789abcdefghij,position:%5Bbottom,right%5D
	// pdfconvert=pages:%5B1,3-5,8-%5D
	// output=format:jpg,quality:input
	// cache=expiry:max
	// 0123456789abcdefghij
}

// A policy is printed as the JSON text that is signed, and read from it.
func ExamplePolicy() {
	policy := ferry.Policy{
		Expiry:  time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		Call:    []string{"pick", "store"},
		MaxSize: 10_000_000,
		Path:    "^/trips/",
	}
	fmt.Println(policy)
	var read ferry.Policy
	err := json.Unmarshal([]byte(policy.String()), &read)
	fmt.Println(read.Call, read.MaxSize, err)
	// Output:
	// {"expiry":4102444800,"call":["pick","store"],"maxSize":10000000,"path":"^/trips/"}
	// [pick store] 10000000 <nil>
}

// States and errors have names in JSON, as filelinks have their handles.
func ExampleState() {
	upload, err := client.NewUpload(picture)
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(ctx); err != nil {
		log.Fatal(err)
	}
	link, err := upload.Filelink()
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	text, err := json.Marshal(map[string]any{"state": upload.State(), "error": ferry.ErrPaused})
	fmt.Printf("%s %v\n", text, err)
	var handle string
	text, err = json.Marshal(link)
	fmt.Println(json.Unmarshal(text, &handle), handle == link.Handle(), err)
	// Output:
	// {"error":"FERRY_PAUSED","state":"uploaded"} <nil>
	// <nil> true <nil>
}
