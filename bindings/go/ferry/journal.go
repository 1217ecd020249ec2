package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"time"
)

// Journal is an upload that is not over, as its journal tells it: a file in the folder of [WithJournal].
type Journal struct {
	ID          string // the name of its file, without ending
	Service     string // "filestack" or "telestream"
	Path        string // of the file that is uploaded; "" for a batch, whose files have journals of their own
	Size        int64  // in bytes, with the extra files of a video
	BytesStored int64  // confirmed by the service, and not sent again
	Begun       time.Time
	Changed     time.Time // when it was last written
	InUse       bool      // by an upload, in any process
	Files       int       // how many files a batch has; 0 outside of a batch
	FilesStored int       // files of a batch that are stored
}

// Journals returns the journals in a folder, oldest upload first. A folder that is not there has none.
func Journals(folder string) ([]Journal, error) {
	call := begin(context.Background())
	defer call.end()
	name := call.text("folder", folder)
	answer, err := call.value(func(out **C.ferry_value, err **C.ferry_error) C.ferry_status {
		return C.ferry_journal_list(name, out, err)
	})
	var told []struct {
		ID, Service, Path string
		Size              int64
		BytesStored       int64 `json:"bytes_stored"`
		Begun, Changed    int64
		InUse             bool `json:"in_use"`
		Files             int
		FilesStored       int `json:"files_stored"`
	}
	if err == nil {
		err = decode(answer, &told)
	}
	found := make([]Journal, 0, len(told))
	for _, it := range told {
		found = append(found, Journal{
			it.ID, it.Service, it.Path, it.Size, it.BytesStored,
			time.Unix(it.Begun, 0), time.Unix(it.Changed, 0), it.InUse, it.Files, it.FilesStored,
		})
	}
	return found, err
}

// PruneJournals removes the journals from a folder that nobody holds and that have not changed for so long; 0
// removes all of them. Their uploads cannot go on then. Nothing is sent. It returns how many.
func PruneJournals(folder string, olderThan time.Duration) (int, error) {
	call := begin(context.Background())
	defer call.end()
	name := call.text("folder", folder)
	seconds := C.uint64_t(call.units("age", olderThan, time.Second))
	removed, err := call.length(func(out *C.uint64_t, err **C.ferry_error) C.ferry_status {
		return C.ferry_journal_prune(name, seconds, out, err)
	})
	return int(removed), err
}
