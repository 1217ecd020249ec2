package io.github.libferry;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What has become of a file of a batch: it has a filelink or an error, or neither if the batch has not come
 * to it.
 */
public record BatchResult(Path path, Optional<Filelink> filelink, Optional<FerryException> error)
        implements AutoCloseable {
    static BatchResult stored(Path path, Filelink link) {
        return new BatchResult(path, Optional.of(link), Optional.empty());
    }

    static BatchResult failed(Path path, FerryException error) {
        return new BatchResult(path, Optional.empty(), Optional.of(error));
    }

    /** Closes the filelink. */
    @Override
    public void close() {
        filelink.ifPresent(Filelink::close);
    }
}
