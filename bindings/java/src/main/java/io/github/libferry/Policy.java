package io.github.libferry;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What may be done, until when and with what. */
public final class Policy {
    final Map<String, Object> fields = new LinkedHashMap<>();

    /** A policy that ends then. */
    public Policy(Instant expiry) {
        fields.put("expiry", Objects.requireNonNull(expiry, "expiry").getEpochSecond());
    }

    /**
     * What may be done: "pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove", "exif",
     * "runWorkflow". Without it all but "exif".
     */
    public Policy call(String... calls) {
        fields.put("call", Call.list("calls", calls));
        return this;
    }

    /** The file it is for. */
    public Policy handle(String handle) {
        fields.put("handle", handle);
        return this;
    }

    /** A regular expression of the URLs it is for. */
    public Policy url(String expression) {
        fields.put("url", expression);
        return this;
    }

    /** Bytes of what is stored, at most. */
    public Policy maxSize(long bytes) {
        fields.put("maxSize", bytes);
        return this;
    }

    /** Bytes of what is stored, at least. */
    public Policy minSize(long bytes) {
        fields.put("minSize", bytes);
        return this;
    }

    /** A regular expression of the path in the storage. */
    public Policy path(String expression) {
        fields.put("path", expression);
        return this;
    }

    /** A regular expression of the container. */
    public Policy container(String expression) {
        fields.put("container", expression);
        return this;
    }
}
