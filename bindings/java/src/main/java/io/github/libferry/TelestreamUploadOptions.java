package io.github.libferry;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Options of an upload to Telestream. */
public final class TelestreamUploadOptions extends CallOptions<TelestreamUploadOptions> {
    private String filename;
    private final Map<String, List<String>> extraFiles = new LinkedHashMap<>();
    private int concurrency;
    private int protocol = Abi.FERRY_PROTOCOL_PARTS;
    private boolean restarts;
    private Path journal;
    private long bytesPerSecond;

    /** The name of the file at the service. Data without a path needs one. */
    public TelestreamUploadOptions filename(String name) {
        filename = name;
        return this;
    }

    /** Files that belong to the video, such as subtitles. Of each tag one call holds. */
    public TelestreamUploadOptions extraFiles(String tag, Path... files) {
        List<Path> paths = Call.list("files", files);
        extraFiles.put(Call.plain("tag", tag), paths.stream().map(FileNames::text).toList());
        return this;
    }

    /** How many parts are sent at once, 1 to 64. Default: as many as make it faster. */
    public TelestreamUploadOptions concurrency(int parts) {
        concurrency = Call.notNegative("concurrency", parts);
        return this;
    }

    /** Sends one range after the other on one connection: the older protocol. */
    public TelestreamUploadOptions ranges() {
        protocol = Abi.FERRY_PROTOCOL_RANGES;
        return this;
    }

    /** Starts anew where the video may exist already and the service cannot tell. */
    public TelestreamUploadOptions restart() {
        restarts = true;
        return this;
    }

    /** Folder that keeps what the upload needs to go on in another process; see {@link Journal}. */
    public TelestreamUploadOptions journal(Path folder) {
        journal = folder;
        return this;
    }

    /** The most bytes a second of all connections of the upload, there and back. Default: no limit. */
    public TelestreamUploadOptions bytesPerSecond(long most) {
        bytesPerSecond = Call.notNegative("bytes a second", most);
        return this;
    }

    static Abi.ferry_telestream_upload_options in(Call call, TelestreamUploadOptions options) {
        TelestreamUploadOptions it = options == null ? new TelestreamUploadOptions() : options;
        Abi.ferry_telestream_upload_options with = new Abi.ferry_telestream_upload_options();
        Abi.ferry_telestream_upload_options_init(with, with.size());
        with.filename = call.text("filename", it.filename);
        with.extra_files_json =
                call.text("extra files", it.extraFiles.isEmpty() ? null : Call.jsonText(it.extraFiles));
        with.concurrency = it.concurrency;
        with.protocol = it.protocol;
        with.on_progress = Call.ON_PROGRESS;
        with.deadline_ms = Call.milliseconds("deadline", it.deadline);
        with.restart = Call.bool(it.restarts);
        with.journal_dir = call.text("journal", it.journal);
        with.bytes_per_second = it.bytesPerSecond;
        return with;
    }
}
