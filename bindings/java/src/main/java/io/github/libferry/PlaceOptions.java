package io.github.libferry;

import java.util.List;

/** Where and how a file is stored, by an upload or by {@link Transform#store}. */
public abstract class PlaceOptions<T extends PlaceOptions<T>> extends CallOptions<T> {
    Security security;
    String filename;
    String location;
    String path;
    String container;
    String region;
    String access;
    List<String> workflows;

    PlaceOptions() {}

    /** Policy and signature instead of the client's. */
    public T security(Security security) {
        this.security = security;
        return self();
    }

    /** Name of the stored file. Default: the last element of the path; "unnamed_file" for data. */
    public T filename(String name) {
        filename = name;
        return self();
    }

    /** "S3", "gcs", "azure", "rackspace" or "dropbox". Default: that of the client or the account. */
    public T location(String name) {
        location = name;
        return self();
    }

    /** Folder (with a slash at its end) or full key in the storage. */
    public T path(String path) {
        this.path = path;
        return self();
    }

    /** Bucket or container. Default: the account's. */
    public T container(String name) {
        container = name;
        return self();
    }

    /** Region of the container. */
    public T region(String name) {
        region = name;
        return self();
    }

    /** "public" or "private", which is the default. */
    public T access(String access) {
        this.access = access;
        return self();
    }

    /** 1 to 20 workflows to run on the stored file. */
    public T workflows(String... ids) {
        workflows = Call.list("ids", ids);
        return self();
    }
}
