package io.github.libferry;

import com.sun.jna.Pointer;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A Filestack account and its connections. Any number of threads may use it at once, and it may be closed
 * before what was made from it.
 */
public final class Client implements AutoCloseable {
    private final Handle handle;

    /** A client for the application with this API key. Nothing is sent. */
    public Client(String apikey) {
        this(apikey, null);
    }

    public Client(String apikey, ClientOptions options) {
        Call.plain("apikey", apikey);
        try (Call call = new Call()) {
            ConnectionOptions connect = ClientOptions.connectionOf(options);
            Abi.ferry_connection_options connection = ConnectionOptions.in(call, connect);
            Abi.ferry_filestack_options with = ClientOptions.in(call, options, connection);
            handle = call.take(
                    Abi::ferry_filestack_free,
                    (out, err) -> ConnectionOptions.listening(
                            connect, connection, () -> Abi.ferry_filestack_new(apikey, with, out, err)),
                    it -> new Handle("client", it, Abi::ferry_filestack_free));
        }
    }

    /** Uploads a file, and returns when it is stored. */
    public Filelink upload(Path path) {
        return upload(path, null);
    }

    public Filelink upload(Path path, UploadOptions options) {
        String source = Call.path("path", path);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_upload_options with = UploadOptions.in(call, options);
            return call.filelink((out, err) -> Abi.ferry_filestack_upload_file(it, source, with, out, err));
        }
    }

    /** Uploads bytes in memory, of which a copy outside of Java's heap is made for the call. */
    public Filelink upload(byte[] data) {
        return upload(data, null);
    }

    public Filelink upload(byte[] data, UploadOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Pointer bytes = call.memory("data", data);
            Abi.ferry_upload_options with = UploadOptions.in(call, options);
            return call.filelink(
                    (out, err) -> Abi.ferry_filestack_upload_bytes(it, bytes, data.length, with, out, err));
        }
    }

    /**
     * Uploads what a stream gives while it is read, on the thread that made the call. What it throws is
     * thrown here as an {@link java.io.UncheckedIOException}.
     *
     * @param size how many bytes it gives; -1 if that is unknown: then all of it is read into a
     *     temporary file first, for the service must be told the size at the start
     */
    public Filelink upload(InputStream source, long size, UploadOptions options) {
        long length = announced(size);
        try (Call call = new Call(Callbacks.of(options).with(source))) {
            Pointer it = call.lend(handle);
            Abi.ferry_upload_options with = UploadOptions.in(call, options);
            return call.filelink((out, err) ->
                    Abi.ferry_filestack_upload_reader(it, Call.READ, null, length, with, out, err));
        }
    }

    static long announced(long size) {
        if (size < -1) {
            throw new FerryException(Status.INVALID_ARGUMENT, "size is less than -1 (unknown)");
        }
        return size == -1 ? Abi.FERRY_SIZE_UNKNOWN : size;
    }

    /** Has the service fetch and store the file at a URL. */
    public Filelink uploadUrl(String url) {
        return uploadUrl(url, null);
    }

    public Filelink uploadUrl(String url, UploadOptions options) {
        Call.plain("url", url);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_upload_options with = UploadOptions.in(call, options);
            return call.filelink((out, err) -> Abi.ferry_filestack_upload_url(it, url, with, out, err));
        }
    }

    /** Prepares the upload of a file, which can be stopped and run again. Nothing is sent. */
    public Upload prepareUpload(Path path) {
        return prepareUpload(path, null);
    }

    public Upload prepareUpload(Path path, UploadOptions options) {
        String source = Call.path("path", path);
        Callbacks callbacks = Callbacks.of(options);
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            Abi.ferry_upload_options with = UploadOptions.in(call, options);
            return Upload.of(call, callbacks, (out, err) ->
                    Abi.ferry_filestack_upload_new(it, source, with, out, err));
        }
    }

    /**
     * Prepares the upload of a token ({@link Upload#token}), of the file at a path or of a copy, in any
     * process or machine. The token says what is stored and how.
     */
    public Upload resumeUpload(Path path, String token, UploadOptions options) {
        return Upload.resume(
                handle, path, token, options, UploadOptions::in, Abi::ferry_filestack_upload_resume);
    }

    /**
     * Uploads many files, which share threads and connections: small ones cost little more than their bytes.
     * One file's failure does not stop the others: the results, in the order of the items, say what has
     * become of each. What ends the batch before it has come to every file is thrown.
     *
     * @param options hold for every item that has none of its own; may be null
     * @param listener is told of each file that has ended; may be null
     */
    public List<BatchResult> uploadMany(
            List<BatchItem> items, UploadOptions options, BatchListener listener) {
        try (Upload batch = prepareBatch(items, options, listener)) {
            FerryException failure = batch.attempt(() -> false);
            List<BatchResult> results = batch.results();
            boolean isComplete = results.stream()
                    .allMatch(it -> it.filelink().isPresent() || it.error().isPresent());
            if (failure != null && !isComplete) {
                results.forEach(BatchResult::close);
                throw failure;
            }
            return results;
        }
    }

    /** Prepares the upload of many files, which can be stopped and run again. Nothing is sent. */
    public Upload prepareBatch(List<BatchItem> items, UploadOptions options, BatchListener listener) {
        Objects.requireNonNull(items, "items").forEach(item -> Objects.requireNonNull(item, "item"));
        Callbacks callbacks = Callbacks.of(options).with(listener);
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            Abi.ferry_upload_options with = UploadOptions.in(call, options);
            Abi.ferry_batch_item[] list =
                    (Abi.ferry_batch_item[]) new Abi.ferry_batch_item().toArray(Math.max(items.size(), 1));
            for (int index = 0; index < items.size(); index++) {
                BatchItem item = items.get(index);
                list[index].path = call.text("path", item.path());
                list[index].options = item.options() == null
                        ? null
                        : call.struct(UploadOptions.ofItem(call, item.options()));
            }
            return Upload.ofBatch(call, callbacks, (out, err) -> Abi.ferry_filestack_upload_batch_new(
                    it, list[0], items.size(), with, Call.ON_ITEM, null, out, err));
        }
    }

    /** Files as items without options of their own. */
    public static List<BatchItem> files(List<Path> paths) {
        return Objects.requireNonNull(paths, "paths").stream().map(BatchItem::new).toList();
    }

    /** The filelink of a stored file, from its handle. Nothing is sent. */
    public Filelink filelink(String name) {
        Call.plain("name", name);
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.filelink((out, err) -> Abi.ferry_filelink_new(it, name, out, err));
        }
    }

    /**
     * A chain of tasks over a source: the handle of a file, an http or https URL, or a storage alias
     * "src://alias/path". Nothing is sent.
     */
    public Transform transform(String source, Task... tasks) {
        Call.plain("source", source);
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return with(tasks, Transform.of(
                    call, (out, err) -> Abi.ferry_transform_new(it, source, out, err)));
        }
    }

    /** A chain over a stored file. */
    public Transform transform(Filelink source, Task... tasks) {
        return transform(Objects.requireNonNull(source, "source").handle(), tasks);
    }

    /** A chain over several sources, for tasks that join files, such as {@link Tasks#collage}. */
    public Transform transform(List<String> sources, Task... tasks) {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            Pointer all = call.texts("sources", sources);
            return with(tasks, Transform.of(
                    call, (out, err) -> Abi.ferry_transform_new_list(it, all, sources.size(), out, err)));
        }
    }

    private static Transform with(Task[] tasks, Transform chain) {
        try {
            return chain.add(tasks);
        } catch (RuntimeException failure) {
            chain.close();
            throw failure;
        }
    }

    /**
     * A chain that begins with a screenshot of a web page.
     *
     * @param params as they stand in a URL, "agent:mobile,width:400"; null: the defaults
     */
    public Transform screenshot(String url, String params) {
        Call.plain("url", url);
        Call.optional("params", params);
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return Transform.of(
                    call, (out, err) -> Abi.ferry_filestack_screenshot(it, url, params, out, err));
        }
    }

    /** Downloads 1 to 100 files, each a handle or a URL, as one ZIP archive. Returns its length. */
    public long zip(Path path, List<String> sources) {
        return zip(path, sources, null);
    }

    public long zip(Path path, List<String> sources, RequestOptions options) {
        String target = Call.path("path", path);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Pointer all = call.texts("sources", sources);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.count((count, err) ->
                    Abi.ferry_filestack_zip(it, all, sources.size(), target, with, count, err));
        }
    }

    /** Starts a workflow on a file: a handle or a URL. The job's "jobid" is for {@link #workflowStatus}. */
    public Json runWorkflow(String workflow, String source, RequestOptions options) {
        Call.plain("workflow", workflow);
        Call.plain("source", source);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.json(
                    (out, err) -> Abi.ferry_filestack_workflow_run(it, workflow, source, with, out, err));
        }
    }

    /** The state of a job: "status" is "Started", "Finished" or "Failed". */
    public Json workflowStatus(String job, RequestOptions options) {
        Call.plain("job", job);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.json((out, err) -> Abi.ferry_filestack_workflow_status(it, job, with, out, err));
        }
    }

    /**
     * Sends a request that has no method of its own.
     *
     * @param target a path that begins with "/", below the REST API, or a URL at one of the client's own
     *     hosts
     * @param body becomes JSON; null: no body
     */
    public Response request(String method, String target, Object body, RequestOptions options) {
        Call.plain("method", method);
        Call.plain("target", target);
        String json = Call.jsonText(body);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return Response.of(call, (out, err) ->
                    Abi.ferry_filestack_request(it, method, target, json, with, out, err));
        }
    }

    public Response request(String method, String target) {
        return request(method, target, null, null);
    }

    @Override
    public void close() {
        handle.close();
    }
}
