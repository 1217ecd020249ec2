package io.github.libferry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An upload that is not over, as its journal tells it: a file in the folder of {@link UploadOptions#journal}.
 *
 * @param id the name of the file, without ending
 * @param service "filestack" or "telestream"
 * @param path of the file that is uploaded; "" for a batch
 * @param bytesStored confirmed by the service, and not sent again
 * @param changed when it was last written
 * @param isInUse whether an upload of any process holds it
 * @param files how many files a batch has; 0 outside of a batch
 * @param filesStored files of a batch that are stored
 */
public record Journal(
        String id,
        String service,
        String path,
        long size,
        long bytesStored,
        Instant begun,
        Instant changed,
        boolean isInUse,
        int files,
        int filesStored) {

    /** The journals in a folder. One that is not there has none. */
    public static List<Journal> list(Path folder) {
        String name = Call.path("folder", folder);
        try (Call call = new Call()) {
            Json all = call.json((out, err) -> Abi.ferry_journal_list(name, out, err));
            return all.items().stream().map(Journal::of).toList();
        }
    }

    private static Journal of(Json it) {
        String path = it.get("path").text();
        return new Journal(
                it.get("id").text(),
                it.get("service").text(),
                path == null ? "" : path,
                it.get("size").toLong(),
                it.get("bytes_stored").toLong(),
                Instant.ofEpochSecond(it.get("begun").toLong()),
                Instant.ofEpochSecond(it.get("changed").toLong()),
                it.get("in_use").isTrue(),
                (int) it.get("files").toLong(),
                (int) it.get("files_stored").toLong());
    }

    /**
     * Removes the journals from a folder that nobody holds and that have not changed for so long; zero
     * removes all of them. Their uploads cannot go on then. Returns how many.
     */
    public static long prune(Path folder, Duration olderThan) {
        String name = Call.path("folder", folder);
        long seconds = Call.seconds("olderThan", olderThan);
        try (Call call = new Call()) {
            return call.count((count, err) -> Abi.ferry_journal_prune(name, seconds, count, err));
        }
    }
}
