package io.github.libferry;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A file of a batch.
 *
 * @param options what is stored, and where; null: as the options of the batch say
 */
public record BatchItem(Path path, UploadOptions options) {
    public BatchItem {
        Objects.requireNonNull(path, "path");
    }

    public BatchItem(Path path) {
        this(path, null);
    }
}
