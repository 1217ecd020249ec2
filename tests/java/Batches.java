package ferrytest;

import io.github.libferry.BatchItem;
import io.github.libferry.BatchListener;
import io.github.libferry.BatchResult;
import io.github.libferry.Client;
import io.github.libferry.FerryException;
import io.github.libferry.Json;
import io.github.libferry.Status;
import io.github.libferry.Upload;
import io.github.libferry.UploadOptions;
import io.github.libferry.UploadState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Uploads of many files. */
final class Batches {
    private Batches() {}

    private static List<BatchItem> items() {
        return List.of(
                new BatchItem(
                        Cloud.file("a.bin", Cloud.noise(100)), new UploadOptions().filename("first.bin")),
                new BatchItem(Path.of("/no/such/file")),
                new BatchItem(Cloud.file("b.bin", Cloud.noise(200))));
    }

    static void oneThatFailsStopsNoOther() {
        List<Integer> ended = new ArrayList<>();
        try (Client client = Cloud.client()) {
            List<BatchResult> results = client.uploadMany(items(), null, (index, result) -> {
                ended.add(index);
                Check.equal("its error", result.error().isPresent(), index == 1);
                Check.equal("its filelink", result.filelink().isPresent(), index != 1);
            });
            Check.equal("how many", results.size(), 3);
            Check.equal("the first name",
                    results.get(0).filelink().orElseThrow().metadata("filename").get("filename").text(),
                    "first.bin");
            Check.equal("the failure", results.get(1).error().orElseThrow().status(), Status.IO);
            Check.equal("the last", results.get(2).filelink().orElseThrow().content(), Cloud.noise(200));
            results.forEach(BatchResult::close);
        }
        Check.equal("all have ended", ended.stream().sorted().toList(), List.of(0, 1, 2));
    }

    static void resultsHaveTheWholeErrorsThatTheListenerGets() {
        Map<?, ?> action = Map.of("status", 400, "body", "{\"no\": \"thanks\"}");
        Cloud.faults(Map.of("class", "start", "match", Map.of("filename", "b.bin"), "action", action));
        Map<Integer, FerryException> told = new HashMap<>();
        try (Client client = Cloud.client()) {
            List<BatchResult> results = client.uploadMany(items(), null,
                    (index, result) -> result.error().ifPresent(error -> told.put(index, error)));
            results.get(0).close();
            FerryException gone = results.get(1).error().orElseThrow();
            Check.equal("errno", gone.errno(), 2);
            FerryException refused = results.get(2).error().orElseThrow();
            Check.equal("the HTTP status", refused.httpStatus(), 400);
            Check.equal("the body", refused.body(), "{\"no\": \"thanks\"}");
            for (int index : List.of(1, 2)) {
                FerryException found = results.get(index).error().orElseThrow();
                FerryException expected = told.get(index);
                Check.equal("the message", found.getMessage(), expected.getMessage());
                Check.equal("the status", found.status(), expected.status());
                Check.equal("the HTTP status", found.httpStatus(), expected.httpStatus());
                Check.equal("errno", found.errno(), expected.errno());
                Check.equal("the body", found.body(), expected.body());
                Check.equal("the step", found.step(), expected.step());
                Check.equal("another try", found.isRetryable(), expected.isRetryable());
            }
        }
    }

    static void aListenerThatThrowsAndAnotherRun() {
        boolean[] throwsNow = {true};
        List<BatchItem> files = Client.files(
                List.of(Cloud.file("a.bin", Cloud.noise(100)), Cloud.file("b.bin", Cloud.noise(200))));
        BatchListener listener = (index, result) -> {
            if (throwsNow[0]) {
                throw new ArrayStoreException("enough");
            }
        };
        try (Client client = Cloud.client();
                Upload batch = client.prepareBatch(files, new UploadOptions().concurrency(1), listener)) {
            Check.thrown(ArrayStoreException.class, batch::run);
            throwsNow[0] = false;
            Check.equal("the state", batch.run().state(), UploadState.UPLOADED);
            Cloud.holds(batch.itemFilelink(1), Cloud.noise(200));
            Check.equal("progress of files", batch.result().items().size(), 2);
        }
    }

    static void whatAListenerThrowsIsNotTakenForAFileThatFails() {
        List<BatchItem> files = Client.files(List.of(Cloud.file("a.bin", Cloud.noise(100))));
        BatchListener listener = (index, result) -> {
            throw Check.fails(Status.INVALID_ARGUMENT, () -> Json.of(new Object()));
        };
        try (Client client = Cloud.client()) {
            Check.fails(Status.INVALID_ARGUMENT, () -> client.uploadMany(files, null, listener));
        }
    }
}
