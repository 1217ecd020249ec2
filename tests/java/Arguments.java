package ferrytest;

import io.github.libferry.BatchItem;
import io.github.libferry.Client;
import io.github.libferry.Factory;
import io.github.libferry.FerryException;
import io.github.libferry.Filelink;
import io.github.libferry.Journal;
import io.github.libferry.Json;
import io.github.libferry.Policy;
import io.github.libferry.RequestOptions;
import io.github.libferry.Resource;
import io.github.libferry.Response;
import io.github.libferry.Security;
import io.github.libferry.Status;
import io.github.libferry.Task;
import io.github.libferry.Tasks;
import io.github.libferry.Telestream;
import io.github.libferry.TelestreamUploadOptions;
import io.github.libferry.Transform;
import io.github.libferry.Upload;
import io.github.libferry.UploadOptions;
import io.github.libferry.Webhook;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Arguments that are wrong, and how that is said. */
final class Arguments {
    private static final byte[] DATA = {1, 2, 3};
    private static final String[] NO_TEXTS = null;
    private static final String NO_TEXT = null;
    private static final byte[] NO_BYTES = null;
    private static final Path NO_PATH = null;
    private static final Map<String, ?> NO_MAP = null;

    private Arguments() {}

    /** What takes null refuses it with the name of the parameter; "2" and so on tell the same names apart. */
    private static void refuseNull(Map<String, Main.Body> calls) {
        calls.forEach((name, call) -> {
            NullPointerException thrown = Check.thrown(NullPointerException.class, call);
            Check.equal("the parameter", thrown.getMessage(), name.replaceAll("\\d", ""));
        });
    }

    static void nullsOfAClientAreNamed() {
        Path path = Cloud.file("some.bin", DATA);
        Map<String, Main.Body> calls = new LinkedHashMap<>();
        try (Client client = Cloud.client();
                Upload upload = client.prepareUpload(path)) {
            calls.put("apikey", () -> new Client(null));
            calls.put("path", () -> client.upload(NO_PATH));
            calls.put("data", () -> client.upload(NO_BYTES));
            calls.put("source", () -> client.upload((InputStream) null, 5, null));
            calls.put("url", () -> client.uploadUrl(null));
            calls.put("path2", () -> client.prepareUpload(null));
            calls.put("path3", () -> client.resumeUpload(null, "token", null));
            calls.put("token", () -> client.resumeUpload(path, null, null));
            calls.put("items", () -> client.uploadMany(null, null, null));
            calls.put("item", () -> client.prepareBatch(Arrays.asList((BatchItem) null), null, null));
            calls.put("path4", () -> new BatchItem(null));
            calls.put("paths", () -> Client.files(null));
            calls.put("name", () -> client.filelink(null));
            calls.put("source2", () -> client.transform(NO_TEXT));
            calls.put("source3", () -> client.transform((Filelink) null));
            calls.put("sources", () -> client.transform((List<String>) null));
            calls.put("sources2", () -> client.transform(Arrays.asList("a", null)));
            calls.put("tasks", () -> client.transform("https://example.com", (Task[]) null));
            calls.put("task", () -> client.transform("https://example.com", (Task) null));
            calls.put("url2", () -> client.screenshot(null, null));
            calls.put("path5", () -> client.zip(null, List.of("a")));
            calls.put("sources3", () -> client.zip(path, null));
            calls.put("workflow", () -> client.runWorkflow(null, "a", null));
            calls.put("source4", () -> client.runWorkflow("a", null, null));
            calls.put("job", () -> client.workflowStatus(null, null));
            calls.put("method", () -> client.request(null, "/a"));
            calls.put("target", () -> client.request("GET", null));
            calls.put("executor", () -> upload.runAsync(null));
            calls.put("ids", () -> new UploadOptions().workflows(NO_TEXTS));
            calls.put("ids2", () -> new UploadOptions().workflows(NO_TEXT));
            calls.put("mode", () -> new UploadOptions().intelligent(null));
            refuseNull(calls);
        }
    }

    static void nullsOfStoredFilesAreNamed() {
        Map<String, Main.Body> calls = new LinkedHashMap<>();
        try (Client client = Cloud.client();
                Filelink link = client.upload(DATA);
                Transform chain = client.transform(link);
                Response response = client.request("GET", "/file/" + link.handle() + "/metadata")) {
            calls.put("path", () -> link.download(NO_PATH));
            calls.put("target", () -> link.download((OutputStream) null));
            calls.put("attributes", () -> link.metadata(NO_TEXTS));
            calls.put("attributes2", () -> link.metadata("size", null));
            calls.put("path2", () -> link.overwrite(NO_PATH, null));
            calls.put("data", () -> link.overwrite(NO_BYTES, null));
            calls.put("source", () -> link.overwriteUrl(null, false, null));
            calls.put("path3", () -> chain.download(NO_PATH));
            calls.put("target2", () -> chain.download((OutputStream) null));
            calls.put("task", () -> chain.add(null, "width:5"));
            calls.put("element", () -> chain.addRaw(null));
            calls.put("name", () -> Task.of(null, Map.of()));
            calls.put("params", () -> Task.of("resize", null));
            calls.put("fit", () -> Tasks.resize().fit(null));
            calls.put("align", () -> Tasks.resize().align(NO_TEXTS));
            calls.put("align2", () -> Tasks.resize().align("top", null));
            calls.put("dim", () -> Tasks.crop((int[]) null));
            calls.put("objects", () -> Tasks.partialBlur((int[]) null));
            calls.put("file", () -> Tasks.watermark((Filelink) null));
            calls.put("files", () -> Tasks.collage(5, 5, (Filelink) null));
            calls.put("files2", () -> Tasks.collage(5, 5, NO_TEXTS));
            calls.put("name2", () -> response.header(null));
            calls.put("name3", () -> response.json().get(null));
            refuseNull(calls);
        }
    }

    static void nullsOfSecurityAndWebhooksAreNamed() {
        Policy policy = new Policy(Instant.parse("2100-01-01T00:00:00Z"));
        Map<String, Main.Body> calls = new LinkedHashMap<>();
        try (Security security = new Security(policy, "secret")) {
            calls.put("expiry", () -> new Policy(null));
            calls.put("calls", () -> policy.call(NO_TEXTS));
            calls.put("policy", () -> new Security((Policy) null, "secret"));
            calls.put("policy2", () -> new Security(NO_MAP, "secret"));
            calls.put("policy3", () -> Security.unchecked(null, "secret"));
            calls.put("policy4", () -> Security.fromSigned(null, "00"));
            calls.put("appSecret", () -> new Security(policy, null));
            calls.put("signature", () -> Security.fromSigned("00", null));
            calls.put("time", () -> Security.expiryIn(null));
            calls.put("name", () -> security.checkAllows(null, null));
            calls.put("body", () -> Webhook.verify(null, "1", "00", Webhook.TOLERANCE, "s"));
            calls.put("timestamp", () -> Webhook.verify(DATA, null, "00", Webhook.TOLERANCE, "s"));
            calls.put("signature2", () -> Webhook.verify(DATA, "1", null, Webhook.TOLERANCE, "s"));
            calls.put("tolerance", () -> Webhook.verify(DATA, "1", "00", null, "s"));
            calls.put("secrets", () -> Webhook.verify(DATA, "1", "00", Webhook.TOLERANCE, NO_TEXTS));
            calls.put("secrets2", () -> Webhook.verify(DATA, "1", "00", Webhook.TOLERANCE, "s", null));
            calls.put("secret", () -> Webhook.sign(null, DATA, "1"));
            calls.put("body2", () -> Webhook.sign("s", null, "1"));
            calls.put("timestamp2", () -> Webhook.sign("s", DATA, null));
            calls.put("folder", () -> Journal.list(null));
            calls.put("folder2", () -> Journal.prune(null, Duration.ZERO));
            calls.put("olderThan", () -> Journal.prune(Path.of("."), null));
            refuseNull(calls);
        }
    }

    static void nullsOfTelestreamAreNamed() {
        Map<String, Main.Body> calls = new LinkedHashMap<>();
        try (Telestream account = Cloud.telestream()) {
            Factory factory = account.factory();
            Resource videos = factory.videos();
            calls.put("accessKey", () -> new Telestream(null, "b"));
            calls.put("secretKey", () -> new Telestream("a", null));
            calls.put("apikey", () -> Telestream.withApikey(null, null));
            calls.put("method", () -> account.request(null, "/videos.json", null, null));
            calls.put("path", () -> account.signedParams("GET", null, null, null));
            calls.put("path2", () -> account.resumeUpload(null, "token", null));
            calls.put("path3", () -> factory.prepareUpload(NO_PATH, null, null));
            calls.put("data", () -> factory.prepareUpload(NO_BYTES, null, null));
            calls.put("source", () -> factory.prepareUpload(null, 5, null, null));
            calls.put("params", () -> factory.updateNotifications(null, null));
            calls.put("id", () -> videos.find(null));
            calls.put("params2", () -> videos.create(null, null));
            calls.put("params3", () -> videos.update("a", null, null));
            calls.put("id2", () -> factory.videos().await(null, null));
            calls.put("id3", () -> factory.encodings().retry(null, null));
            calls.put("tag", () -> new TelestreamUploadOptions().extraFiles(null, Path.of("a")));
            calls.put("files", () -> new TelestreamUploadOptions().extraFiles("a", NO_PATH));
            refuseNull(calls);
        }
    }

    private static void refuse(String words, Main.Body call) {
        String message = Check.fails(Status.INVALID_ARGUMENT, call).getMessage();
        Check.that(message, message.contains(words));
        Check.that(message, !message.matches(".*(_json|journal_dir|deadline_ms|ferry_|NULL).*"));
    }

    static void whatTheLibraryRefusesIsNotCalledByItsNameInC() {
        Path path = Cloud.file("named.bin", DATA);
        try (Client client = Cloud.client();
                Filelink link = client.upload(DATA);
                Transform chain = client.transform(link);
                Telestream account = Cloud.telestream()) {
            refuse("tags", () -> client.upload(path, new UploadOptions().tags(Map.of("", "b"))));
            refuse("workflows", () -> client.upload(path, new UploadOptions().workflows()));
            refuse("journal", () -> client.upload(DATA, new UploadOptions().journal(Path.of("journals"))));
            refuse("filename is empty; leave it out",
                    () -> client.upload(path, new UploadOptions().filename("")));
            refuse("body must be left out", () -> client.request("GET", "/file/a", Map.of(), null));
            refuse("params: page", () -> account.factory().videos().all(Map.of("page", 1), null));
            FerryException idle = Check.fails(Status.INVALID_STATE, () -> {
                try (Upload batch = client.prepareBatch(List.of(new BatchItem(path)), null, null)) {
                    batch.token();
                }
            });
            Check.that(idle.getMessage(), idle.getMessage().contains("give it a journal"));
            Check.that("the chain goes on", chain.add(Tasks.flip()).url().contains("/flip/"));
        }
    }

    static void aDeadlineOfZeroIsTheDefault() {
        try (Client client = Cloud.client()) {
            UploadOptions options = new UploadOptions().deadline(Duration.ZERO);
            Cloud.holds(client.upload(DATA, options), DATA);
            refuse("deadline", () -> client.upload(DATA, new UploadOptions().deadline(Duration.ofNanos(-1))));
        }
    }

    static void aDeadlineThatIsTooLongIsRefused() {
        Duration most = Duration.ofMillis(0xFFFF_FFFFL);
        try (Client client = Cloud.client()) {
            Cloud.holds(client.upload(DATA, new UploadOptions().deadline(most)), DATA);
            for (Duration time : List.of(
                    most.plusNanos(1),
                    ChronoUnit.FOREVER.getDuration(),
                    Duration.ofSeconds(Long.MAX_VALUE),
                    Duration.ofSeconds(Long.MIN_VALUE))) {
                refuse("deadline is not from 0 to 49 days",
                        () -> client.upload(DATA, new UploadOptions().deadline(time)));
            }
        }
    }

    /** Half of a pair, which no UTF-8 has; Java itself writes a question mark instead. */
    static void halvesOfSurrogatePairsAreRefused() {
        Policy policy = new Policy(Instant.parse("2100-01-01T00:00:00Z"));
        for (String half : List.of("a\ud83d", "\udea2b", "\udea2\ud83d")) {
            try (Client client = Cloud.client()) {
                refuse("apikey has half of a surrogate pair", () -> new Client(half));
                refuse("appSecret has half of a surrogate pair", () -> new Security(policy, half));
                refuse("secret has half of a surrogate pair", () -> Webhook.sign(half, DATA, "1"));
                refuse("filename has half of a surrogate pair",
                        () -> client.upload(DATA, new UploadOptions().filename(half)));
                refuse("sources has half of a surrogate pair", () -> client.transform(List.of("a", half)));
                for (Object json : List.of(Map.of("b", half), List.of(half), Map.of(half, 1L))) {
                    refuse("has half of a surrogate pair", () -> Json.of(json).toString());
                }
            }
        }
        refuse("has a NUL character", () -> Json.of(Map.of("a\0b", 1L)).toString());
        Check.equal("a whole pair", Json.of(List.of("\ud83d\udea2")).toString(), "[\"\ud83d\udea2\"]");
    }

    static void expiriesAreInTheFuture() {
        long now = Instant.now().getEpochSecond();
        long soon = Security.expiryIn(Duration.ofMillis(1)).getEpochSecond();
        Check.that("rounded up", soon >= now + 1 && soon <= Instant.now().getEpochSecond() + 1);
        for (Duration time : List.of(Duration.ofSeconds(-3600), Duration.ofNanos(-1))) {
            refuse("time is less than 0", () -> Security.expiryIn(time));
        }
        Duration[] tooLong = {Duration.ofSeconds(Long.MAX_VALUE), Duration.ofSeconds(Long.MAX_VALUE, 1)};
        for (Duration time : tooLong) {
            refuse("time is too long", () -> Security.expiryIn(time));
        }
    }

    static void aSizeThatIsNotKnownIsMinusOne() {
        try (Client client = Cloud.client();
                Telestream account = Cloud.telestream()) {
            for (long size : new long[] {-2, Long.MIN_VALUE}) {
                InputStream source = InputStream.nullInputStream();
                refuse("size is less than -1", () -> client.upload(source, size, null));
                refuse("size is less than -1",
                        () -> account.factory().prepareUpload(source, size, null, null));
            }
        }
    }

    static void whatAFilelinkIsCalledOutlivesIt() {
        try (Client client = Cloud.client()) {
            Filelink link = client.upload(DATA);
            link.close();
            Check.that(link.url(), link.url().endsWith("/" + link.handle()));
            Check.equal("as a text", link.toString(), link.url());
            for (Main.Body call : List.<Main.Body>of(link::content, link::answer, link::metadata,
                    () -> link.signedUrl(null), () -> link.download(Cloud.folder("closed.bin")))) {
                FerryException closed = Check.fails(Status.INVALID_STATE, call);
                Check.equal("the message", closed.getMessage(), "the filelink is closed");
            }
            Check.fails(Status.INVALID_STATE, () -> link.content(new RequestOptions()));
            Check.equal("JSON", Json.of(link.url()).text(), link.url());
        }
    }
}
