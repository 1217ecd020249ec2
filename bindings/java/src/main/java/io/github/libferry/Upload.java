package io.github.libferry;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * An upload, of one file or of many, that can be paused, interrupted, cancelled and run again. One thread
 * runs it, others may control and watch it.
 */
public final class Upload implements AutoCloseable {
    private final Handle handle;
    private final Callbacks callbacks;
    private final boolean isBatch;
    /** The call of an upload that was started. */
    private Call started;

    /** Bytes that it uploads are its own, and freed with it; null if there are none. */
    private Upload(Pointer it, Callbacks callbacks, boolean isBatch, Memory bytes) {
        this.callbacks = callbacks;
        this.isBatch = isBatch;
        handle = new Handle("upload", it, pointer -> {
            Abi.ferry_upload_free(pointer);
            if (bytes != null) {
                bytes.close();
            }
        });
    }

    static Upload of(Call call, Callbacks callbacks, Call.Giver giver) {
        return of(call, callbacks, null, giver);
    }

    static Upload of(Call call, Callbacks callbacks, Memory bytes, Call.Giver giver) {
        return call.take(Abi::ferry_upload_free, giver, it -> new Upload(it, callbacks, false, bytes));
    }

    static Upload ofBatch(Call call, Callbacks callbacks, Call.Giver giver) {
        return call.take(Abi::ferry_upload_free, giver, it -> new Upload(it, callbacks, true, null));
    }

    /** A function that prepares the upload of a token with options of type S. */
    interface Resumer<S> {
        int call(Pointer client, String path, String token, S with, PointerByReference out,
                PointerByReference err);
    }

    static <O extends CallOptions<O>, S> Upload resume(
            Handle client,
            Path path,
            String token,
            O options,
            BiFunction<Call, O, S> in,
            Resumer<S> resumer) {
        String source = Call.path("path", path);
        Call.plain("token", token);
        try (Call call = new Call()) {
            Pointer it = call.lend(client);
            S with = in.apply(call, options);
            return of(call, Callbacks.of(options), (out, err) ->
                    resumer.call(it, source, token, with, out, err));
        }
    }

    private Call begin() {
        return new Call(callbacks);
    }

    private Pointer lent(Call call) {
        return isBatch ? call.lendBatch(handle) : call.lend(handle);
    }

    /**
     * Runs the upload until it is stored, stopped or has failed. After a pause, an interrupt or a failure,
     * run it again: what the service has confirmed is not sent again. Once it is uploaded this sends nothing.
     *
     * <p>An interrupt of the thread, or a listener that throws, interrupts the upload.
     */
    public Upload run() {
        return run(() -> false);
    }

    private Upload run(BooleanSupplier isStopped) {
        FerryException failure = attempt(isStopped);
        if (failure != null) {
            throw failure;
        }
        return this;
    }

    /** Gives what the library says of a run that has failed, or null. What a listener throws is thrown. */
    FerryException attempt(BooleanSupplier isStopped) {
        try (Call call = begin()) {
            call.stopIf(isStopped);
            Pointer it = lent(call);
            return call.attempt(err -> Abi.ferry_upload_run(it, err));
        }
    }

    /** Runs the upload on a thread of the executor. To cancel the future interrupts the upload. */
    public CompletableFuture<Upload> runAsync(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        CompletableFuture<Upload> future = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                boolean isCancelled = super.cancel(mayInterrupt);
                if (isCancelled && !handle.isClosed()) {
                    interrupt();
                }
                return isCancelled;
            }
        };
        executor.execute(() -> {
            try {
                // A cancel may come before the run, which an interrupt does not reach.
                future.complete(run(future::isCancelled));
            } catch (Throwable failure) {
                future.completeExceptionally(failure);
            }
        });
        return future;
    }

    /**
     * Starts the upload and returns at once, for programs with a loop of their own: call {@link #poll} there
     * now and then, and {@link #finish} when it says true. Listeners run in those, on their thread.
     */
    public void start() {
        Call call = begin();
        try {
            Pointer it = lent(call);
            call.run(err -> Abi.ferry_upload_start(it, err));
        } catch (Throwable failure) {
            call.close();
            throw failure;
        }
        setStarted(call);
    }

    /**
     * Looks at a started upload without waiting, and runs the listener that is due, if one is. Returns
     * whether it has ended, well or not, which {@link #finish} tells.
     */
    public boolean poll() {
        try (Call polled = new Call()) {
            Pointer it = polled.lend(handle);
            Call call = started();
            return call.within(() -> Abi.ferry_upload_poll(it, null)) != Abi.FERRY_NOT_READY;
        }
    }

    /** Waits for the end of a started upload, running its listeners meanwhile. Ends as {@link #run} does. */
    public Upload finish() {
        try (Call finishing = new Call()) {
            Pointer it = finishing.lend(handle);
            Call call = started();
            if (call.isCallingBack()) {
                throw new FerryException(Status.INVALID_STATE, "a listener cannot wait for its upload");
            }
            try {
                call.run(err -> Abi.ferry_upload_finish(it, err));
            } finally {
                giveBack(call);
            }
        }
        return this;
    }

    private synchronized Call started() {
        if (started == null) {
            throw new FerryException(Status.INVALID_STATE, "the upload was not started");
        }
        return started;
    }

    private synchronized void setStarted(Call call) {
        started = call;
    }

    /** Ends what start() has lent, once: finish() and close() may come from two threads. */
    private synchronized void giveBack(Call call) {
        if (call != null && started == call) {
            started = null;
            call.close();
        }
    }

    private void tell(Consumer<Pointer> what) {
        try (Call call = new Call()) {
            what.accept(call.lend(handle));
        }
    }

    /** Asks for a pause: requests under way end first, then the run ends with {@link Status#PAUSED}. */
    public void pause() {
        tell(Abi::ferry_upload_pause);
    }

    /** Ends the run in progress with {@link Status#CANCELLED} within a second. It can be run again. */
    public void interrupt() {
        tell(Abi::ferry_upload_interrupt);
    }

    /** Ends the upload for good. One to Telestream is deleted at the service. */
    public void cancel() {
        tell(Abi::ferry_upload_cancel);
    }

    /** The most bytes a second from now on, there and back; 0 takes the limit away. */
    public void limit(long bytesPerSecond) {
        Call.notNegative("bytes a second", bytesPerSecond);
        tell(it -> Abi.ferry_upload_limit(it, bytesPerSecond));
    }

    public UploadState state() {
        try (Call call = new Call()) {
            return UploadState.of(Abi.ferry_upload_state(call.lend(handle)));
        }
    }

    /**
     * The text with which another process, language or machine goes on: {@link Client#resumeUpload}. There is
     * no key in it. At any time, from any thread.
     */
    public String token() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.string((out, err) -> Abi.ferry_upload_token(it, out, err));
        }
    }

    /** What the service said of the stored file, or of the video that was made of it. */
    public Json result() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.json((out, err) -> Abi.ferry_upload_result(it, out, err));
        }
    }

    /** The stored file; {@link Status#NOT_READY} until it is uploaded. */
    public Filelink filelink() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.filelink((out, err) -> Abi.ferry_upload_filelink(it, out, err));
        }
    }

    /** The stored file of the item of a batch at that index, counted from 0. */
    public Filelink itemFilelink(int index) {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.filelink((out, err) -> Abi.ferry_upload_item_filelink(it, index, out, err));
        }
    }

    /** What has become of the files of a batch so far, in the order of its items. At any time. */
    public List<BatchResult> results() {
        List<BatchResult> results = new ArrayList<>();
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            for (Json item : call.json((out, err) -> Abi.ferry_upload_result(it, out, err)).items()) {
                Path path = FileNames.path(item.get("path").text());
                boolean hasEnded = !item.get("filelink").isNull() || !item.get("error").isNull();
                results.add(hasEnded
                        ? ended(call, it, results.size(), path)
                        : new BatchResult(path, Optional.empty(), Optional.empty()));
            }
        }
        return results;
    }

    /** The report of a batch has not all of an error, so each file is asked for. */
    private static BatchResult ended(Call call, Pointer it, int index, Path path) {
        try {
            return BatchResult.stored(path, call.filelink(
                    (out, err) -> Abi.ferry_upload_item_filelink(it, index, out, err)));
        } catch (FerryException failure) {
            return BatchResult.failed(path, failure);
        }
    }

    /** One that is under way is interrupted. What the service has received stays there. */
    @Override
    public synchronized void close() {
        if (handle.isClosed()) {
            return;
        }
        try (Call call = new Call()) {
            Abi.ferry_upload_interrupt(call.lend(handle));
            handle.close();
        }
        giveBack(started);
    }
}
