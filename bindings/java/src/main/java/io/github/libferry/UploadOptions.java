package io.github.libferry;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** Options of an upload to Filestack. */
public final class UploadOptions extends PlaceOptions<UploadOptions> {
    private boolean isSanitized;
    private String mimetype;
    private String altText;
    private Map<String, String> tags;
    private Intelligent intelligent = Intelligent.OFF;
    private int concurrency;
    private long partSize;
    private long bytesPerSecond;
    private Path journal;
    private boolean restarts;
    private boolean isSingleRequest;

    /** Replaces each of \ { } | % ` " ' ~ [ ] # ^ &lt; > in the name by "-", except in its extension. */
    public UploadOptions sanitizeFilename() {
        isSanitized = true;
        return this;
    }

    /** MIME type. Default: derived from the extension of the name. */
    public UploadOptions mimetype(String type) {
        mimetype = type;
        return this;
    }

    /** Description for people who cannot see the picture, up to 125 characters. */
    public UploadOptions altText(String text) {
        altText = text;
        return this;
    }

    /** At most 10 tags: keys up to 128, values up to 256 characters. */
    public UploadOptions tags(Map<String, String> tags) {
        this.tags = tags;
        return this;
    }

    /** How parts are sent. Default: {@link Intelligent#OFF}. */
    public UploadOptions intelligent(Intelligent mode) {
        intelligent = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * How many parts, and files of a batch, are sent at once, 1 to 64. Default: as many as make it faster.
     */
    public UploadOptions concurrency(int parts) {
        concurrency = Call.notNegative("concurrency", parts);
        return this;
    }

    /** Size of a part in bytes, 5 MiB to 5 GiB. Default: 5 MiB, and more where there would be over 10,000. */
    public UploadOptions partSize(long bytes) {
        partSize = Call.notNegative("part size", bytes);
        return this;
    }

    /** The most bytes a second of all connections of the upload, there and back. Default: no limit. */
    public UploadOptions bytesPerSecond(long most) {
        bytesPerSecond = Call.notNegative("bytes a second", most);
        return this;
    }

    /** Folder that keeps what the upload of a file needs to go on in another process; see {@link Journal}. */
    public UploadOptions journal(Path folder) {
        journal = folder;
        return this;
    }

    /**
     * Starts anew where the file may be stored already and the service cannot tell ({@link
     * Status#NOT_READY}).
     */
    public UploadOptions restart() {
        restarts = true;
        return this;
    }

    /** Sends the file in one request instead of parts; for small files. */
    public UploadOptions singleRequest() {
        isSingleRequest = true;
        return this;
    }

    static Abi.ferry_upload_options in(Call call, UploadOptions options) {
        Abi.ferry_upload_options with = ofItem(call, options == null ? new UploadOptions() : options);
        with.on_progress = Call.ON_PROGRESS;
        return with;
    }

    /** All but the progress, which is the batch's. */
    static Abi.ferry_upload_options ofItem(Call call, UploadOptions it) {
        Abi.ferry_upload_options with = new Abi.ferry_upload_options();
        Abi.ferry_upload_options_init(with, with.size());
        with.filename = call.text("filename", it.filename);
        with.sanitize_filename = Call.bool(it.isSanitized);
        with.mimetype = call.text("mimetype", it.mimetype);
        with.alt_text = call.text("alt text", it.altText);
        with.tags_json = call.text("tags", Call.jsonText(it.tags));
        with.location = call.text("location", it.location);
        with.path = call.text("path", it.path);
        with.container = call.text("container", it.container);
        with.region = call.text("region", it.region);
        with.access = call.text("access", it.access);
        with.workflows_json = call.text("workflows", Call.jsonText(it.workflows));
        with.intelligent = it.intelligent.number;
        with.concurrency = it.concurrency;
        with.part_size = it.partSize;
        with.security = call.lend(it.security);
        with.deadline_ms = Call.milliseconds("deadline", it.deadline);
        with.restart = Call.bool(it.restarts);
        with.journal_dir = call.text("journal", it.journal);
        with.bytes_per_second = it.bytesPerSecond;
        with.single_request = Call.bool(it.isSingleRequest);
        return with;
    }
}
