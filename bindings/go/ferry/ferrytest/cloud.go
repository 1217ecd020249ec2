// Package ferrytest is for your own tests: the local cloud, which imitates Filestack and Telestream Cloud
// Flip on this machine, without an account.
//
// It is a program of its own: `cargo install --locked --path tests/localcloud` in a clone of Ferry installs
// it.
package ferrytest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// In a clone of Ferry.
const install = "cargo install --locked --path tests/localcloud"

// patience is how long the program may take to start, and to end. It needs a few hundredths of a second.
const patience = 30 * time.Second

// Cloud is the local cloud, as a process of its own on a free port. It ends with its test, and with this
// process, however that ends; what it stores is removed then. Its methods may be called by any number of
// goroutines at once. What fails ends the test, as t.Fatal does.
type Cloud struct {
	// URL is the address of all of it, such as "http://127.0.0.1:40123".
	URL string

	t         testing.TB
	appSecret string
}

// Option is an option of [NewCloud].
type Option func(*settings)

type settings struct {
	appSecret, program string
	flags              []string
}

// WithAppSecret switches security on: calls need a policy that is signed with this secret, and
// [Cloud.Client] signs them.
func WithAppSecret(secret string) Option { return func(s *settings) { s.appSecret = secret } }

// WithFlags adds flags of the program, such as "--polls", "1"; `localcloud --help` lists them.
func WithFlags(flags ...string) Option {
	return func(s *settings) { s.flags = append(s.flags, flags...) }
}

// WithProgram sets the path of the program. The default is what FERRY_LOCALCLOUD names, else what is found in
// PATH.
func WithProgram(path string) Option { return func(s *settings) { s.program = path } }

// NewCloud starts a local cloud that knows nothing yet, for the test t.
func NewCloud(t testing.TB, options ...Option) *Cloud {
	t.Helper()
	var s settings
	for _, option := range options {
		option(&s)
	}
	command := exec.Command(find(t, s.program), "--exit-with-stdin")
	if s.appSecret != "" {
		command.Args = append(command.Args, "--app-secret="+s.appSecret)
	}
	command.Args = append(command.Args, s.flags...)
	var said bytes.Buffer
	command.Stderr = &said
	// Its input is a pipe of which this process has the other end: it ends when this process has.
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("the local cloud does not start: %v", err)
	}
	line := firstLine(command.Process, output)
	var ready struct{ HTTP string }
	if err := json.Unmarshal(line, &ready); err != nil {
		_ = end(command, input)
		text := strings.TrimSpace(string(line) + said.String())
		t.Fatalf("%s did not say that it is ready: %s", command.Path, text)
	}
	t.Cleanup(func() {
		if err := end(command, input); err != nil {
			t.Errorf("the local cloud: %v: %s", err, &said)
		}
	})
	return &Cloud{URL: ready.HTTP, t: t, appSecret: s.appSecret}
}

// firstLine is what the program says first; nothing if it ends, or takes too long.
func firstLine(process *os.Process, output io.Reader) []byte {
	timer := time.AfterFunc(patience, func() { _ = process.Kill() })
	defer timer.Stop()
	line, _ := bufio.NewReader(output).ReadBytes('\n')
	return line
}

func end(command *exec.Cmd, input io.Closer) error {
	_ = input.Close()
	// The end of its input is not enough where another process has the pipe too.
	_ = command.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	return command.Wait()
}

func find(t testing.TB, program string) string {
	t.Helper()
	if program == "" {
		program = os.Getenv("FERRY_LOCALCLOUD")
	}
	if program == "" {
		program = "localcloud"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: install the local cloud with `%s` in a clone of Ferry, and have cargo's bin folder in "+
			"PATH or name the program in FERRY_LOCALCLOUD", err, install)
	}
	return path
}

// Client makes a client of Filestack at this cloud, which is closed at the end of the test.
func (c *Cloud) Client(options ...ferry.ClientOption) *ferry.Client {
	c.t.Helper()
	given := []ferry.ClientOption{ferry.WithBaseURL(c.URL)}
	if c.appSecret != "" {
		security, err := ferry.NewSecurity(ferry.Policy{Expiry: ferry.ExpiryIn(24 * time.Hour)}, c.appSecret)
		if err != nil {
			c.t.Fatal(err)
		}
		defer security.Close()
		given = append(given, ferry.WithSecurity(security))
	}
	client, err := ferry.NewClient("TESTKEY", append(given, options...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.closes(client)
	return client
}

// Telestream makes an account of Telestream at this cloud, which is closed at the end of the test.
func (c *Cloud) Telestream(options ...ferry.TelestreamOption) *ferry.Telestream {
	c.t.Helper()
	given := append([]ferry.TelestreamOption{ferry.WithBaseURL(c.URL)}, options...)
	account, err := ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", given...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.closes(account)
	return account
}

func (c *Cloud) closes(object io.Closer) {
	c.t.Cleanup(func() {
		if err := object.Close(); err != nil {
			c.t.Error(fmt.Errorf("closing a client of the local cloud: %w", err))
		}
	})
}
