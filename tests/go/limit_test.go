package ferrytest

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// An upload that would take years, until a callback takes its limit away.
func TestALimitThatIsTakenAway(t *testing.T) {
	client := start(t)
	var upload *ferry.Upload
	reports := 0
	lift := ferry.WithProgress(func(p ferry.Progress) error {
		if reports++; reports == 3 {
			if p.BytesDone > 0 {
				t.Errorf("%d bytes have left at 1 byte a second", p.BytesDone)
			}
			upload.Limit(0)
		}
		return nil
	})
	upload = must(client.NewUpload(file(t, noise(100)), ferry.WithBytesPerSecond(1), lift))
	defer upload.Close()
	if err := upload.Run(background); err != nil || reports < 3 {
		t.Errorf("%v after %d reports", err, reports)
	}
}

func TestTheLimitOfAClientHoldsForItsCalls(t *testing.T) {
	client := start(t, ferry.WithBytesPerSecond(1), ferry.WithDeadline(500*time.Millisecond))
	if _, err := client.UploadBytes(background, []byte("slow")); !errors.Is(err, ferry.ErrTimeout) {
		t.Errorf("it ended with %v", err)
	}
}

func TestCongestionControl(t *testing.T) {
	leakless(t)
	_, err := ferry.NewClient("KEY", ferry.WithCongestion("nonsense"))
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("%v", err)
	}
}

func TestManners(t *testing.T) {
	leakless(t)
	_, err := ferry.NewClient("KEY", ferry.WithManners(2))
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "manners is 2") {
		t.Errorf("%v", err)
	}
	if runtime.GOOS == "linux" { // which tells the round trip
		client := start(t, ferry.WithManners(ferry.MannersBackground))
		must(client.UploadBytes(background, []byte("quiet"))).Close()
	}
}
