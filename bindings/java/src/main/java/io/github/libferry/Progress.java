package io.github.libferry;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Optional;

/**
 * How far a call has come.
 *
 * @param bytesDone never decreases, and equals bytesTotal only when everything is confirmed. While a stream
 *     of unknown size is read, the bytes read; it begins again at 0 when the size is known
 * @param bytesTotal 0 if unknown
 * @param partsDone parts confirmed by the storage
 * @param partsTotal how many parts there are
 * @param retries requests that were repeated
 * @param bytesPerSecond average of the last five seconds
 * @param left estimate at that rate; empty if unknown
 * @param filesDone files of a batch that are stored
 * @param filesTotal how many files a batch has; 0 outside of a batch
 */
public record Progress(
        long bytesDone,
        long bytesTotal,
        int partsDone,
        int partsTotal,
        int retries,
        long bytesPerSecond,
        Optional<Duration> left,
        int filesDone,
        int filesTotal) {

    static Progress of(Pointer memory) {
        Abi.ferry_progress it = new Abi.ferry_progress(memory);
        it.read();
        return new Progress(
                it.bytes_done,
                it.bytes_total,
                it.parts_done,
                it.parts_total,
                it.retries,
                it.bytes_per_second,
                Optional.of(it.seconds_left)
                        .filter(seconds -> seconds >= 0)
                        .map(seconds -> Duration.ofMillis((long) (seconds * 1000))),
                it.files_done,
                it.files_total);
    }

    /** The share that is done, from 0 to 100; 0 if the total is unknown. */
    public double percent() {
        return bytesTotal == 0 ? 0 : 100.0 * bytesDone / bytesTotal;
    }
}
