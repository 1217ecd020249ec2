package ferry_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// An account with a domain of its own, and one behind a gateway.
func ExampleClientOption() {
	for _, options := range [][]ferry.ClientOption{
		{ferry.WithCNAME("files.example.com"), ferry.WithStorage("gcs")},
		{
			ferry.WithBaseURL("https://gateway.example.com"), // for all that have no address of their own
			ferry.WithCDNURL("https://cdn.example.com"),
			ferry.WithUploadURL("https://upload.example.com"),
			ferry.WithAPIURL("https://gateway.example.com/filestack/api"),
			ferry.WithProcessURL("https://cdn.example.com"),
			ferry.WithoutPolicyChecks(), // the gateway signs
		},
	} {
		client, err := ferry.NewClient("APIKEY", options...)
		if err != nil {
			log.Fatal(err)
		}
		defer client.Close()
		link, err := client.Filelink(someHandle)
		if err != nil {
			log.Fatal(err)
		}
		defer link.Close()
		fmt.Println(link)
	}
	// Output:
	// https://cdn.files.example.com/0123456789abcdefghij
	// https://cdn.example.com/0123456789abcdefghij
}

func ExampleConnectionOption() {
	client, err := ferry.NewClient("APIKEY",
		ferry.WithConnectTimeout(5*time.Second),
		ferry.WithStallTimeout(time.Minute), // without a single byte; there is no other limit by default
		ferry.WithDeadline(time.Hour),       // of each call
		ferry.WithMaxRetries(3),
		ferry.WithBytesPerSecond(10_000_000), // of all calls together
		ferry.WithUserAgent("album/2.1"),
		ferry.WithCAFile("company.pem"), // trusted beside the public authorities
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	// Output: ferry: cannot read the CA file company.pem: No such file or directory
}

func ExampleWithProxy() {
	security, err := ferry.NewSecurity(ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour)}, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	proxy := baseURL // such as "http://user:password@proxy.example.com:3128"
	client, err := ferry.NewClient("APIKEY", ferry.WithBaseURL("http://files.invalid"),
		ferry.WithSecurity(security), ferry.WithProxy(proxy))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	link, err := client.UploadBytes(ctx, []byte("through the proxy"))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	content, err := link.Content(ctx)
	fmt.Printf("%s %v\n", content, err)
	// Output: through the proxy <nil>
}

// What the system has: its proxy, its authorities, its ways to share a line.
func ExampleWithProxyFromEnvironment() {
	client, err := ferry.NewClient("APIKEY",
		ferry.WithProxyFromEnvironment(), // https_proxy, no_proxy and so on, as curl reads them
		ferry.WithTrust(ferry.TrustSystem),
		ferry.WithManners(ferry.MannersBackground), // yields to other traffic; Linux
		ferry.WithCongestion("bbr"))                // if the kernel has it
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

// How a file is named, described and stored.
func ExampleUploadOption() {
	link, err := client.UploadFile(ctx, picture,
		ferry.WithFilename(`ferry "at" a pier.png`),
		ferry.WithSanitizedFilename(),
		ferry.WithMimetype("image/x-png"),
		ferry.WithAltText("A ferry at a pier"),
		ferry.WithTags(map[string]string{"album": "boats"}),
		ferry.WithLocation("S3"),
		ferry.WithContainer("albums"),
		ferry.WithRegion("eu-west-1"),
		ferry.WithPath("trips/2025/"), // with a slash at its end: a folder; else the whole key
		ferry.WithAccess("public"),
		ferry.WithWorkflows("b9a2d3f1-5a0f-4c33-8a1e-6f0d1f5c9e10"))
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	metadata, err := link.Metadata(ctx, []string{"filename", "mimetype", "container", "path"})
	if err != nil {
		log.Fatal(err)
	}
	folder, _ := filepath.Split(metadata.Path)
	fmt.Println(metadata.Filename, metadata.Mimetype, metadata.Container, folder)
	// Output: ferry -at- a pier.png image/x-png albums trips/2025/
}

// How a file goes up. Nothing of it is needed: what is not set follows the line.
func ExampleTransferOption() {
	link, err := client.UploadFile(ctx, picture,
		ferry.WithConcurrency(2),
		ferry.WithBytesPerSecond(50_000_000),
		ferry.WithIntelligent(ferry.IntelligentFallback), // a part that fails goes up in smaller chunks
		ferry.WithJournal(journals),
		ferry.WithRestart()) // if it cannot be known whether it is stored, rather twice than not at all
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	left, err := ferry.Journals(journals)
	fmt.Println(len(left), err)
	os.RemoveAll(journals)
	// Output: 0 <nil>
}

func ExampleStoreOption() {
	text, err := client.UploadBytes(ctx, []byte("YSBmZXJyeQ=="), ferry.WithFilename("a.txt"))
	if err != nil {
		log.Fatal(err)
	}
	defer text.Close()
	chain, err := client.Transform(text.Handle())
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	stored, err := chain.Store(ctx, ferry.WithFilename("b.txt"), ferry.WithBase64Decode())
	if err != nil {
		log.Fatal(err)
	}
	defer stored.Close()
	content, err := stored.Content(ctx)
	fmt.Printf("%s %v\n", content, err)
	// Output: a ferry <nil>
}

func ExampleTransform_WithAPIKey() {
	chain, err := client.Transform(someHandle, ferry.Sepia{Tone: ferry.Float(80)})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	chain.WithAPIKey(true)
	url, err := chain.URL()
	fmt.Println(strings.TrimPrefix(url, baseURL), err)
	// Output: /APIKEY/sepia=tone:80/0123456789abcdefghij <nil>
}

// An account in another region.
func ExampleTelestreamOption() {
	telestream, err := ferry.NewTelestream("ACCESS_KEY", "SECRET_KEY",
		ferry.WithAPIHost("api-eu.pandastream.com"),
		ferry.WithAPIPort(443),
		ferry.WithAPIVersion("3.0"),
		ferry.WithFactory(flipFactory)) // of calls that name none
	if err != nil {
		log.Fatal(err)
	}
	defer telestream.Close()
	at := time.Date(2025, 7, 1, 12, 0, 0, 0, time.UTC)
	signed, err := telestream.SignedParams("GET", "/videos.json", nil, at)
	fmt.Println(signed["factory_id"], signed["timestamp"], err)
	// Output: fac1fac1fac1fac1fac1fac1fac1fac1 2025-07-01T12:00:00+00:00 <nil>
}

func ExampleTelestreamUploadOption() {
	telestream := flip()
	defer telestream.Close()
	subtitles := filepath.Join(os.TempDir(), fmt.Sprintf("ferry-%d.srt", os.Getpid()))
	if err := os.WriteFile(subtitles, []byte("1\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	defer os.Remove(subtitles)
	params := &ferry.VideoParams{Profiles: []string{"h264"}}
	upload, err := telestream.Factory(flipFactory).NewUpload(picture, params,
		ferry.WithFilename("film.mp4"),
		ferry.WithProtocol(ferry.ProtocolParts),
		ferry.WithExtraFiles(map[string][]string{"subtitles": {subtitles}}))
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	fmt.Println(upload.Run(ctx), upload.State())
	// Output: <nil> uploaded
}
