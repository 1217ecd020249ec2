package ferrytest;

import io.github.libferry.Client;
import io.github.libferry.Factory;
import io.github.libferry.FerryException;
import io.github.libferry.Json;
import io.github.libferry.Progress;
import io.github.libferry.Response;
import io.github.libferry.Status;
import io.github.libferry.Telestream;
import io.github.libferry.TelestreamOptions;
import io.github.libferry.TelestreamUploadOptions;
import io.github.libferry.Upload;
import io.github.libferry.UploadState;
import io.github.libferry.Version;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Telestream Cloud Flip. */
final class Flip {
    private static final byte[] DATA = Cloud.noise((10 << 20) + 4321);

    private Flip() {}

    static void anUploadStopsGoesOnAndIsEncoded() {
        Path film = Cloud.file("film.mp4", DATA);
        List<Progress> seen = new ArrayList<>();
        Upload[] upload = new Upload[1];
        TelestreamUploadOptions options = new TelestreamUploadOptions().concurrency(1);
        options.onProgress(progress -> {
            seen.add(progress);
            if (progress.partsDone() == 1) {
                upload[0].interrupt();
            }
        });
        Map<String, ?> params = Map.of("profiles", List.of("h264"), "payload", "mine");
        Cloud.faults(Map.of(
                "class", "flip_part", "match", Map.of("part", 1), "action", Map.of("stall_ms", 600_000)));
        try (Telestream account = Cloud.telestream()) {
            Factory factory = account.factory();
            upload[0] = factory.prepareUpload(film, params, options);
            FerryException stopped = Check.fails(Status.CANCELLED, () -> upload[0].run());
            Check.that("it can go on", stopped.isRetryable());
            Check.equal("the state", upload[0].state(), UploadState.INTERRUPTED);
            Cloud.faults();
            Cloud.forgetRequests();
            try (Upload again = account.resumeUpload(film, upload[0].token(), null)) {
                Json video = again.run().result();
                Check.equal("parts that were sent", Cloud.parts("flip_part"), List.of(1L, 2L));
                Check.equal("new sessions", Cloud.requests("flip_session"), 0L);
                Check.equal("what the service said", video.get("original_filename").text(), "film.mp4");
                Check.fails(Status.INVALID_STATE, again::filelink);
                String id = video.get("id").text();
                List<Json> encodings = factory.videos().awaitEncodings(id, null);
                Check.equal("encodings", encodings.size(), 1);
                Check.equal("its state", encodings.get(0).get("status").text(), "success");
                Check.equal("the same", factory.videos().encodings(id, null, null).size(), 1);
                Check.equal("the payload", factory.videos().find(id).get("payload").text(), "mine");
                Check.equal("it is stored",
                        factory.videos().await(id, null).get("status").text(), "success");
                String encoding = encodings.get(0).get("id").text();
                Check.equal("it is done",
                        factory.encodings().await(encoding, null).get("status").text(), "success");
                Check.that("it is described", !factory.videos().metadata(id, null).names().isEmpty());
                Check.fails(Status.HTTP, () -> factory.encodings().retry("0".repeat(32), null));
                Check.fails(Status.HTTP, () -> factory.encodings().cancel("0".repeat(32), null));
                factory.videos().deleteSource(id, null);
                factory.videos().delete(id, null);
                Check.equal("it is gone",
                        Check.fails(Status.HTTP, () -> factory.videos().find(id)).httpStatus(), 404);
            }
        } finally {
            upload[0].close();
        }
        Check.that("progress was told", seen.get(seen.size() - 1).bytesTotal() == DATA.length);
    }

    static void bytesAndStreams() {
        byte[] data = Cloud.noise(1000);
        TelestreamUploadOptions options = new TelestreamUploadOptions().filename("clip.mp4");
        Map<String, ?> params = Map.of("profiles", "none");
        try (Telestream account = Cloud.telestream();
                Upload bytes = account.factory().prepareUpload(data, params, options);
                Upload stream = account.factory().prepareUpload(
                        new ByteArrayInputStream(data), data.length, params, options.ranges())) {
            System.gc(); // the bytes are still there
            for (Upload upload : List.of(bytes, stream)) {
                String id = upload.run().result().get("id").text();
                Json video = account.factory().videos().await(id, null);
                Check.equal("its size: " + video, video.get("file_size").toLong(), 1000L);
            }
        }
    }

    static void resources() {
        try (Telestream account = Cloud.telestream()) {
            Json factory = account.factories().list().get(0);
            Factory own = account.factory(factory.get("id").text());
            Json profile = own.profiles().create(Map.of("preset_name", "h264", "name", "java"), null);
            String id = profile.get("id").text();
            Check.equal("a change",
                    own.profiles().update(id, Map.of("width", 320), null).get("width").toLong(), 320L);
            Json expanded = own.profiles().find("java", Map.of("expand", true), null);
            Check.equal("it is found", expanded.get("id").text(), id);
            int all = own.profiles().all(null, null).size();
            Check.equal("pages", own.profiles().list(Map.of("per_page", 1), null).size(), 1);
            own.profiles().delete(id, null);
            Check.equal("one less", own.profiles().all(null, null).size(), all - 1);
            own.updateNotifications(Map.of("delay", 3), null);
            Check.equal("notifications", own.notifications(null).get("delay").toLong(), 3L);
            try (Response response = account.request("GET", "/encodings/count.json", null, null)) {
                Check.equal("any request", response.status(), 200);
            }
        }
    }

    static void anAccountWithOneKey() {
        try (Telestream account =
                Telestream.withApikey("LOCAL_API_KEY", new TelestreamOptions().baseUrl(Cloud.URL))) {
            Check.fails(Status.INVALID_STATE, () -> account.signedParams("GET", "/videos.json", null, null));
        }
    }

    static void theVersion() {
        Check.that(Version.text(), Version.text().matches("[0-9]+\\.[0-9]+\\.[0-9]+"));
        Client client = Cloud.client();
        Check.that("a client lives", Version.liveObjects() > 0);
        client.close();
        client.close();
        Check.equal("and is freed once", Version.liveObjects(), 0L);
    }
}
