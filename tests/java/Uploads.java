package ferrytest;

import io.github.libferry.Client;
import io.github.libferry.ClientOptions;
import io.github.libferry.ConnectionOptions;
import io.github.libferry.FerryException;
import io.github.libferry.Filelink;
import io.github.libferry.Journal;
import io.github.libferry.Json;
import io.github.libferry.Progress;
import io.github.libferry.Status;
import io.github.libferry.Upload;
import io.github.libferry.UploadOptions;
import io.github.libferry.UploadState;
import io.github.libferry.Version;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Uploads of one file: what they report, and how they end and go on. */
final class Uploads {
    /** Two whole parts and a rest. */
    private static final byte[] DATA = Cloud.noise((10 << 20) + 4321);

    private static final Map<?, ?> LAST_PART_STALLS = Map.of(
            "class", "put", "match", Map.of("part", 3), "action", Map.of("stall_ms", 600_000));
    private static final Map<?, ?> ALL_PARTS_STALL =
            Map.of("class", "put", "action", Map.of("stall_ms", 600_000));

    private Uploads() {}

    static void aFileWithProgress() {
        String name = "clip of a ferry ⛴.bin";
        Path path = Cloud.file(name, DATA);
        List<Progress> seen = new ArrayList<>();
        Thread caller = Thread.currentThread();
        Map<String, String> tags = Map.of("album", "boats \"1\"\n");
        UploadOptions options = new UploadOptions().tags(tags).onProgress(progress -> {
            Check.equal("the thread", Thread.currentThread(), caller);
            seen.add(progress);
        });
        try (Client client = Cloud.client()) {
            Filelink link = client.upload(path, options);
            Check.equal("the tags", link.answer().get("upload_tags"), Json.of(tags));
            Check.equal("the name", link.metadata("filename"), Json.of(Map.of("filename", name)));
            Cloud.holds(link, DATA);
        }
        for (int i = 1; i < seen.size(); i++) {
            Check.that("progress goes on", seen.get(i).bytesDone() >= seen.get(i - 1).bytesDone());
        }
        Progress last = seen.get(seen.size() - 1);
        Check.equal("the last report", last.bytesDone(), (long) DATA.length);
        Check.equal("all of it", last.percent(), 100.0);
        Check.equal("the parts", last.partsDone(), 3);
    }

    static void streams() {
        try (Client client = Cloud.client()) {
            long[] done = {0};
            UploadOptions options = new UploadOptions().onProgress(it -> done[0] = it.bytesDone());
            Cloud.holds(client.upload(new ByteArrayInputStream(DATA), DATA.length, options), DATA);
            Check.equal("progress", done[0], (long) DATA.length);
            byte[] few = Cloud.noise(1000);
            Cloud.holds(client.upload(new ByteArrayInputStream(few), -1, null), few);
            Check.fails(Status.FILE_CHANGED, () -> client.upload(new ByteArrayInputStream(few), 1001, null));
        }
    }

    static void aStreamThatFails() {
        IOException failure = new IOException("the disk is gone");
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw failure;
            }
        };
        try (Client client = Cloud.client()) {
            UncheckedIOException thrown = Check.thrown(
                    UncheckedIOException.class, () -> client.upload(broken, 1000, new UploadOptions()));
            Check.equal("the cause", thrown.getCause(), failure);
        }
    }

    static void aUrl() {
        try (Client client = Cloud.client();
                Filelink there = client.upload(Cloud.noise(100));
                Filelink link = client.uploadUrl(there.url(), new UploadOptions().filename("copy.bin"))) {
            Check.equal("the name", link.metadata("filename").get("filename").text(), "copy.bin");
        }
    }

    static void aSmallFileInOneRequest() {
        try (Client client = Cloud.client()) {
            Cloud.forgetRequests();
            UploadOptions options = new UploadOptions().singleRequest();
            Cloud.holds(client.upload(Cloud.noise(100), options), Cloud.noise(100));
            Check.equal("requests", Cloud.requests("start"), 0L);
            Check.equal("requests that store", Cloud.requests("store_api"), 1L);
        }
    }

    static void aPauseAndAnotherRun() {
        Path path = Cloud.file("paused.bin", DATA);
        try (Client client = Cloud.client();
                Upload upload = client.prepareUpload(path)) {
            Check.equal("the state", upload.state(), UploadState.INITIALIZED);
            upload.pause();
            Check.fails(Status.PAUSED, upload::run);
            Check.equal("the state", upload.state(), UploadState.PAUSED);
            Check.fails(Status.NOT_READY, upload::filelink);
            upload.limit(1 << 30);
            Cloud.holds(upload.run().filelink(), DATA);
            Check.equal("the state", upload.state(), UploadState.UPLOADED);
            Check.equal("the size", upload.result().get("size").toLong(), (long) DATA.length);
        }
    }

    /** Stops an upload when two parts are stored, and goes on with it: none of them is sent again. */
    private static void stopAndGoOn(
            Consumer<Upload> stop, Class<? extends RuntimeException> thrown, boolean isThreadInterrupted) {
        Path path = Cloud.file("stopped.bin", DATA);
        Upload[] upload = new Upload[1];
        UploadOptions options = new UploadOptions().onProgress(progress -> {
            if (progress.partsDone() == 2 && progress.bytesDone() < DATA.length) {
                stop.accept(upload[0]);
            }
        });
        try (Client client = Cloud.client()) {
            Cloud.faults(LAST_PART_STALLS);
            upload[0] = client.prepareUpload(path, options);
            Check.thrown(thrown, () -> upload[0].run());
            Check.equal("the state", upload[0].state(), UploadState.INTERRUPTED);
            Check.equal("the thread's interrupt", Thread.interrupted(), isThreadInterrupted);
            Cloud.faults();
            Cloud.forgetRequests();
            String token = upload[0].token();
            try (Upload again = client.resumeUpload(path, token, null)) {
                Cloud.holds(again.run().filelink(), DATA);
            }
            Check.equal("parts that were sent again", Cloud.requests("put"), 1L);
        } finally {
            upload[0].close();
        }
    }

    static void aListenerThatInterruptsAndAToken() {
        stopAndGoOn(Upload::interrupt, FerryException.class, false);
    }

    static void aListenerThatThrowsAndAToken() {
        stopAndGoOn(
                upload -> {
                    throw new ArrayStoreException("enough");
                },
                ArrayStoreException.class,
                false);
    }

    static void aThreadThatIsInterruptedAndAToken() {
        stopAndGoOn(upload -> Thread.currentThread().interrupt(), FerryException.class, true);
    }

    static void anErrorOfAListenerComesOutAsItIs() {
        AssertionError error = new AssertionError("of the listener");
        UploadOptions options = new UploadOptions().onProgress(progress -> {
            throw error;
        });
        try (Client client = Cloud.client()) {
            Check.equal("it", Check.thrown(AssertionError.class, () -> client.upload(DATA, options)), error);
        }
    }

    static void aListenerMakesCallsOfItsOwn() {
        try (Client client = Cloud.client()) {
            List<Long> sizes = new ArrayList<>();
            UploadOptions options = new UploadOptions().onProgress(progress -> {
                try (Filelink link = client.upload(Cloud.noise(7))) {
                    sizes.add(link.metadata("size").get("size").toLong());
                }
            });
            Cloud.holds(client.upload(Cloud.noise(100), options), Cloud.noise(100));
            Check.that("it was called", !sizes.isEmpty() && sizes.stream().allMatch(size -> size == 7));
        }
    }

    static void aJournal() {
        Path path = Cloud.file("durable.bin", DATA);
        Path folder = Cloud.folder("journals");
        UploadOptions options = new UploadOptions().journal(folder).onProgress(progress -> {
            if (progress.partsDone() == 2) {
                throw new IllegalStateException("the process ends");
            }
        });
        try (Client client = Cloud.client()) {
            Cloud.faults(LAST_PART_STALLS);
            Check.thrown(IllegalStateException.class, () -> client.upload(path, options));
            Cloud.faults();
            List<Journal> journals = Journal.list(folder);
            Check.equal("journals", journals.size(), 1);
            Check.equal("its path", Path.of(journals.get(0).path()), path);
            Check.equal("its size", journals.get(0).size(), (long) DATA.length);
            Check.equal("what is stored", journals.get(0).bytesStored(), 10L << 20);
            Duration forever = ChronoUnit.FOREVER.getDuration();
            Check.equal("none is so old", Journal.prune(folder, forever), 0L);
            Check.fails(Status.INVALID_ARGUMENT, () -> Journal.prune(folder, Duration.ofNanos(-1)));
            Cloud.forgetRequests();
            Cloud.holds(client.upload(path, new UploadOptions().journal(folder)), DATA);
            Check.equal("parts that were sent again", Cloud.requests("put"), 1L);
        }
        Check.equal("journals that are left", Journal.prune(folder, Duration.ZERO), 0L);
    }

    static void aCancel() {
        Upload[] upload = new Upload[1];
        UploadOptions options = new UploadOptions().onProgress(progress -> upload[0].cancel());
        try (Client client = Cloud.client()) {
            Cloud.faults(ALL_PARTS_STALL);
            upload[0] = client.prepareUpload(Cloud.file("cancelled.bin", DATA), options);
            Check.fails(Status.CANCELLED, () -> upload[0].run());
            Check.equal("the state", upload[0].state(), UploadState.ABORTED);
            Check.fails(Status.INVALID_STATE, () -> upload[0].run());
        } finally {
            upload[0].close();
        }
    }

    static void aDeadline() {
        Cloud.faults(ALL_PARTS_STALL);
        try (Client client = Cloud.client()) {
            UploadOptions options = new UploadOptions().deadline(Duration.ofMillis(50));
            Check.that("it can be tried again",
                    Check.fails(Status.TIMEOUT, () -> client.upload(DATA, options)).isRetryable());
        }
    }

    static void anErrorTellsWhatCameBack() {
        Map<?, ?> action = Map.of("status", 400, "body", "{\"no\": \"thanks\"}");
        Cloud.faults(Map.of("class", "start", "action", action));
        try (Client client = Cloud.client()) {
            FerryException failure = Check.fails(Status.HTTP, () -> client.upload(DATA));
            Check.equal("the HTTP status", failure.httpStatus(), 400);
            Check.equal("the step", failure.step(), "start");
            Check.equal("the body", failure.body(), "{\"no\": \"thanks\"}");
            Check.that("it is final", !failure.isRetryable());
        }
        try (Client client = Cloud.client()) {
            FerryException failure =
                    Check.fails(Status.IO, () -> client.upload(Path.of("/no/such/file")));
            Check.equal("errno", failure.errno(), 2);
        }
    }

    static void badArguments() {
        Check.fails(Status.INVALID_ARGUMENT, () -> new Client(""));
        Check.fails(Status.INVALID_ARGUMENT, () -> new Client("A\0B"));
        Check.fails(Status.INVALID_ARGUMENT, () -> new UploadOptions().concurrency(-1));
        Check.fails(Status.INVALID_ARGUMENT, () -> Json.of(new Object()));
        try (Client client = Cloud.client()) {
            Check.fails(Status.INVALID_ARGUMENT,
                    () -> client.upload(DATA, new UploadOptions().deadline(Duration.ofMillis(-1))));
            Check.fails(Status.INVALID_ARGUMENT,
                    () -> client.upload(DATA, new UploadOptions().filename("a\0b")));
        }
    }

    static void retriesAreTold() {
        List<String> kinds = new ArrayList<>();
        ConnectionOptions connection = new ConnectionOptions().onEvent(it -> kinds.add(it.kind()));
        Cloud.faults(Map.of("class", "put", "times", 1, "action", Map.of("status", 503)));
        try (Client client =
                new Client("TESTKEY", new ClientOptions().baseUrl(Cloud.URL).connection(connection))) {
            Cloud.holds(client.upload(Cloud.noise(100)), Cloud.noise(100));
        }
        Check.that("a retry is among " + kinds, kinds.contains("retry"));
    }

    static void aListenerOfEventsThatThrows() {
        ConnectionOptions connection = new ConnectionOptions().onEvent(it -> {
            throw new ArrayStoreException(it.step());
        });
        try (Client client =
                new Client("TESTKEY", new ClientOptions().baseUrl(Cloud.URL).connection(connection))) {
            Check.thrown(ArrayStoreException.class, () -> client.upload(Cloud.noise(100)));
        }
        Check.fails(Status.INVALID_ARGUMENT,
                () -> new Client("", new ClientOptions().connection(connection)));
    }

    static void severalThreadsShareAClient() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(6);
        try (Client client = Cloud.client()) {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                byte[] data = Cloud.noise(100_000 + i);
                all.add(CompletableFuture.runAsync(() -> Cloud.holds(client.upload(data), data), pool));
            }
            CompletableFuture<Void> end = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
            while (!end.isDone()) {
                System.gc(); // frees nothing that is in use
            }
            end.get();
        } finally {
            pool.shutdown();
        }
    }

    static void aClientThatIsClosedMeanwhile() {
        Client client = Cloud.client();
        UploadOptions options = new UploadOptions().onProgress(progress -> client.close());
        try (Filelink link = client.upload(Cloud.noise(100), options)) {
            Check.equal("what is stored", link.content(), Cloud.noise(100));
        }
        Check.equal("the message",
                Check.fails(Status.INVALID_STATE, () -> client.upload(DATA)).getMessage(),
                "the client is closed");
    }

    static void whatIsForgottenIsFreed() {
        Cloud.client().upload(Cloud.noise(100));
        isFreed();
    }

    private static void isFreed() {
        Check.comes("all is freed", () -> {
            System.gc();
            return Version.liveObjects() == 0;
        });
    }

    static void aFuture() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try (Client client = Cloud.client();
                Upload upload = client.prepareUpload(Cloud.file("future.bin", DATA))) {
            Cloud.holds(upload.runAsync(pool).thenApply(Upload::filelink).get(), DATA);
        } finally {
            pool.shutdown();
        }
    }

    static void aFutureThatIsCancelled() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        CountDownLatch running = new CountDownLatch(1);
        UploadOptions options = new UploadOptions().onProgress(progress -> running.countDown());
        Cloud.faults(ALL_PARTS_STALL);
        try (Client client = Cloud.client();
                Upload upload = client.prepareUpload(Cloud.file("future.bin", DATA), options)) {
            CompletableFuture<Upload> future = upload.runAsync(pool);
            running.await();
            future.cancel(true);
            Check.thrown(CancellationException.class, future::get);
            Check.comes("it is interrupted", () -> upload.state() == UploadState.INTERRUPTED);
            pool.submit(() -> {}).get(); // the run has returned
        } finally {
            pool.shutdown();
        }
    }

    static void aFutureThatIsCancelledBeforeItsRun() {
        List<Runnable> queue = new ArrayList<>();
        Cloud.faults(ALL_PARTS_STALL);
        try (Client client = Cloud.client();
                Upload upload = client.prepareUpload(Cloud.file("future.bin", DATA))) {
            upload.runAsync(queue::add).cancel(true);
            queue.get(0).run();
            Check.equal("the state", upload.state(), UploadState.INTERRUPTED);
        }
    }

    static void aStartedUploadThatIsForgotten() {
        Cloud.faults(ALL_PARTS_STALL);
        Cloud.client().prepareUpload(Cloud.file("forgotten.bin", DATA)).start();
        isFreed();
    }

    static void aLoopOfTheProgramsOwn() {
        List<Thread> threads = new ArrayList<>();
        UploadOptions options =
                new UploadOptions().onProgress(progress -> threads.add(Thread.currentThread()));
        try (Client client = Cloud.client();
                Upload upload = client.prepareUpload(Cloud.file("loop.bin", DATA), options)) {
            Check.fails(Status.INVALID_STATE, upload::poll);
            upload.start();
            Check.fails(Status.INVALID_STATE, upload::start);
            Check.comes("the end", upload::poll);
            Cloud.holds(upload.finish().filelink(), DATA);
            Check.that("the listener ran here",
                    !threads.isEmpty() && threads.stream().allMatch(it -> it == Thread.currentThread()));
        }
    }

    static void aListenerThatThrowsInALoop() {
        Upload[] upload = new Upload[1];
        UploadOptions options = new UploadOptions().onProgress(progress -> {
            Check.fails(Status.INVALID_STATE, upload[0]::finish);
            throw new ArrayStoreException("enough");
        });
        Cloud.faults(ALL_PARTS_STALL);
        try (Client client = Cloud.client()) {
            upload[0] = client.prepareUpload(Cloud.file("loop.bin", DATA), options);
            upload[0].start();
            Check.comes("the end", upload[0]::poll);
            Check.thrown(ArrayStoreException.class, upload[0]::finish);
            upload[0].start();
        } finally {
            upload[0].close(); // while it runs
        }
    }

    /** It is interrupted, and freed when nothing uses it any more. */
    private static void closesMeanwhile(Consumer<Upload> run) throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try (Client client = Cloud.client()) {
            Cloud.faults(ALL_PARTS_STALL);
            CountDownLatch isUnderWay = new CountDownLatch(1);
            UploadOptions options = new UploadOptions().onProgress(progress -> isUnderWay.countDown());
            Upload upload = client.prepareUpload(Cloud.file("closed.bin", DATA), options);
            Future<FerryException> failure =
                    pool.submit(() -> Check.fails(Status.CANCELLED, () -> run.accept(upload)));
            isUnderWay.await();
            upload.close();
            upload.close();
            failure.get();
            Check.equal("the message",
                    Check.fails(Status.INVALID_STATE, upload::poll).getMessage(),
                    "the upload is closed");
        } finally {
            pool.shutdown();
        }
        isFreed();
    }

    static void aCloseWhileAnotherThreadRunsIt() throws Exception {
        closesMeanwhile(Upload::run);
    }

    static void aCloseWhileAnotherThreadFinishesIt() throws Exception {
        closesMeanwhile(upload -> {
            upload.start();
            upload.finish();
        });
    }

    static void aListenerThatClosesItsUpload() {
        for (boolean isPolled : new boolean[] {false, true}) {
            Upload[] upload = new Upload[1];
            UploadOptions options = new UploadOptions().onProgress(progress -> upload[0].close());
            Cloud.faults(ALL_PARTS_STALL);
            try (Client client = Cloud.client()) {
                upload[0] = client.prepareUpload(Cloud.file("closed.bin", DATA), options);
                upload[0].start();
                if (isPolled) {
                    Check.comes("the listener", () -> {
                        upload[0].poll();
                        return isClosed(upload[0]);
                    });
                } else {
                    Check.fails(Status.CANCELLED, upload[0]::finish);
                }
            }
            isFreed();
        }
    }

    private static boolean isClosed(Upload upload) {
        try {
            upload.state();
            return false;
        } catch (FerryException closed) {
            return closed.status() == Status.INVALID_STATE;
        }
    }

    static void aPathOfAnotherFileSystem() throws Exception {
        Path archive = Cloud.file("other.bin", DATA).resolveSibling("other.zip");
        try (Client client = Cloud.client();
                FileSystem other = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Check.fails(Status.INVALID_ARGUMENT, () -> client.upload(other.getPath("/etc/hostname")));
        }
    }
}
