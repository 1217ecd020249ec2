package ferrytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestRequestsToFilestack(t *testing.T) {
	client := start(t)
	link := store(t, client, []byte("a few bytes"), ferry.WithFilename("a.txt"))
	response, err := client.Request(background, "GET", base+"/"+link.Handle()+"/metadata", nil)
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Filename string
		Size     int
	}
	if err := response.JSON(&metadata); err != nil || metadata.Filename != "a.txt" || metadata.Size != 11 {
		t.Errorf("%+v, %v of %s", metadata, err, response.Body)
	}
	if response.Status != 200 || !strings.Contains(response.Header("content-type"), "json") {
		t.Errorf("%d with %v", response.Status, response.Headers())
	}
	if _, err := client.Request(background, "DELETE", "/file/"+link.Handle()+"?key=TESTKEY",
		nil); err != nil {
		t.Error(err)
	}
	var failed *ferry.Error
	_, err = client.Request(background, "GET", base+"/"+link.Handle()+"/metadata", nil)
	if !errors.As(err, &failed) || !errors.Is(err, ferry.ErrHTTP) || failed.HTTPStatus != 404 {
		t.Errorf("%+v, though it was deleted", err)
	}
	_, err = client.Request(background, "GET", "https://example.com/", nil)
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "target") {
		t.Errorf("another host: %v", err)
	}
}

func TestResponses(t *testing.T) {
	leakless(t)
	arrived := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- fmt.Sprintf("%s %s %s", r.Method, r.URL, must(io.ReadAll(r.Body)))
		w.Header().Add("X-Twice", "one")
		w.Header().Add("X-Twice", "two")
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte("{\"n\": 9007199254740993, \"nul\": \"\\u0000\"}"))
	}))
	defer server.Close()
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(server.URL)))
	defer client.Close()
	response, err := client.Request(background, "POST", "/thing?x=1", map[string]int{"a": 1})
	asked := <-arrived
	if err != nil || asked != `POST /api/thing?x=1 {"a":1}` {
		t.Fatalf("%v after %s", err, asked)
	}
	if response.Status != 201 || response.URL != server.URL+"/api/thing" {
		t.Errorf("%d of %s", response.Status, response.URL)
	}
	if response.Header("x-TWICE") != "one" || len(response.Headers()["X-Twice"]) != 2 ||
		response.Header("none") != "" {
		t.Errorf("the headers are %v", response.Headers())
	}
	var into struct {
		N   json.Number
		Nul string
	}
	if err := response.JSON(&into); err != nil || into.N != "9007199254740993" || into.Nul != "\x00" {
		t.Errorf("%+v, %v", into, err)
	}
	var wrong struct{ N string }
	var mismatch *json.UnmarshalTypeError
	if err := response.JSON(&wrong); !errors.Is(err, ferry.ErrProtocol) || !errors.As(err, &mismatch) {
		t.Errorf("a number for a text: %v", err)
	}
	response, err = client.Request(background, "DELETE", "/thing", nil)
	asked = <-arrived
	if err != nil || asked != "DELETE /api/thing " {
		t.Fatalf("%v after %s", err, asked)
	}
	value := new(int)
	if err := response.JSON(&value); err != nil || value != nil || response.Status != 204 ||
		len(response.Body) != 0 {
		t.Errorf("%v, %v of %q", value, err, response.Body)
	}
}
