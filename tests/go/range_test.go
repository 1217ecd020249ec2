//go:build go1.23

package ferrytest

import (
	"iter"
	"testing"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestPagesCanBeRangedOver(t *testing.T) {
	s, account := serve(t, pages(250))
	var videos iter.Seq2[ferry.Video, error] = account.Factory("").Videos().All(background, nil)
	for range 2 {
		seen := 0
		for _, err := range videos {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen == 150 {
				break
			}
		}
		if seen != 150 {
			t.Errorf("%d videos", seen)
		}
	}
	if asked := s.log(); len(asked) != 4 {
		t.Errorf("asked was %q", asked)
	}
}
