package ferrytest;

import io.github.libferry.AV;
import io.github.libferry.Client;
import io.github.libferry.FerryException;
import io.github.libferry.Filelink;
import io.github.libferry.Json;
import io.github.libferry.Policy;
import io.github.libferry.RequestOptions;
import io.github.libferry.Response;
import io.github.libferry.Security;
import io.github.libferry.Status;
import io.github.libferry.StoreOptions;
import io.github.libferry.Tasks;
import io.github.libferry.Transform;
import io.github.libferry.Webhook;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Stored files, chains, policies, webhooks: at the cloud that asks for signatures. */
final class Stored {
    private static final byte[] DATA = Cloud.noise(300_000);
    private static final Path PICTURE = Path.of(System.getenv("FERRY_TEST_DATA"), "ferry.png");

    private Stored() {}

    static void downloads() throws IOException {
        Path target = Cloud.folder("back.bin");
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        long[] reported = {0};
        try (Client client = Cloud.secured();
                Filelink link = client.upload(DATA)) {
            RequestOptions options =
                    new RequestOptions().onProgress(progress -> reported[0] = progress.bytesDone());
            Check.equal("its length", link.download(target, options), (long) DATA.length);
            Check.equal("the file", Files.readAllBytes(target), DATA);
            Check.equal("its length", link.download(stream), (long) DATA.length);
            Check.equal("the stream", stream.toByteArray(), DATA);
        }
        Check.equal("progress", reported[0], (long) DATA.length);
    }

    static void aStreamThatFails() {
        IOException failure = new IOException("the disk is full");
        OutputStream full = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw failure;
            }
        };
        try (Client client = Cloud.secured();
                Filelink link = client.upload(DATA)) {
            UncheckedIOException thrown =
                    Check.thrown(UncheckedIOException.class, () -> link.download(full));
            Check.equal("the cause", thrown.getCause(), failure);
        }
    }

    static void overwriteAndDelete() {
        try (Client client = Cloud.secured();
                Filelink link = client.upload(DATA);
                Filelink other = client.upload(Cloud.noise(5))) {
            link.overwrite("new".getBytes(StandardCharsets.UTF_8), null);
            Check.equal("bytes", new String(link.content(), StandardCharsets.UTF_8), "new");
            link.overwrite(Cloud.file("new.bin", Cloud.noise(10)), null);
            Check.equal("a file", link.content(), Cloud.noise(10));
            link.overwriteUrl(other.signedUrl(null), false, null);
            Check.equal("a URL", link.content(), Cloud.noise(5));
            link.delete();
            FerryException gone = Check.fails(Status.HTTP, link::metadata);
            Check.equal("the HTTP status", gone.httpStatus(), 404);
        }
    }

    static void aChain() {
        try (Client client = Cloud.secured();
                Filelink link = client.upload(PICTURE);
                Transform chain = client.transform(
                        link,
                        Tasks.resize().width(80).height(60).fit("crop").align("top", "left"),
                        Tasks.flip());
                Transform copy = chain.copy()) {
            String end = "/resize=align:%5Btop,left%5D,fit:crop,height:60,width:80/flip/" + link.handle();
            Check.that(chain.url(), chain.url().endsWith(end));
            Check.that(chain.signedUrl(null), chain.signedUrl(null).contains("/security=p:"));
            Check.that(chain.base64Url(null), chain.base64Url(null).contains("/b64/"));
            copy.add(Tasks.rotate().deg(90)).add("blur", "amount:2").addRaw("negative");
            Check.fails(Status.INVALID_ARGUMENT, () -> copy.add(Tasks.resize().width(99_999)));
            try (Filelink small = copy.store(new StoreOptions().filename("small.png"))) {
                Json told = small.metadata("width", "height", "filename");
                Check.equal("what is stored", told,
                        Json.of(Map.of("width", 60, "height", 80, "filename", "small.png")));
            }
            Path target = Cloud.folder("small.png");
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            long length = chain.download(target);
            Check.equal("the stream", chain.download(stream), length);
            Check.equal("memory", chain.content(), stream.toByteArray());
            Check.that("it is unsigned", !chain.withApikey(true).url().contains("security"));
            Check.that("with the key", chain.url().contains("/TESTKEY/"));
        }
    }

    static void whatAnswersWithJson() {
        try (Client client = Cloud.secured();
                Filelink link = client.upload(PICTURE);
                Transform tags = client.transform(link, Tasks.tags())) {
            Check.that("there are tags", !tags.json().get("tags").get("auto").names().isEmpty());
        }
    }

    static void chainsOverSeveralAndScreenshots() {
        try (Client client = Cloud.secured();
                Filelink link = client.upload(PICTURE);
                Transform collage = client.transform(link, Tasks.collage(200, 100, link, link));
                Transform list = client.transform(List.of(link.handle(), "https://example.com/a.png"),
                        Tasks.animate().delay(5));
                Transform page = client.screenshot("https://example.com", "width:400")) {
            Check.equal("the size", collage.add(Tasks.imagesize()).json(),
                    Json.of(Map.of("width", 200, "height", 100)));
            Check.that(list.url(), list.url().contains("/animate=delay:5/")
                    && list.url().contains(link.handle() + ","));
            Check.that(page.url(), page.url().contains("urlscreenshot=width:400"));
        }
    }

    static void aConversionAWorkflowAnArchive() {
        try (Client client = Cloud.secured();
                Filelink link = client.upload(PICTURE);
                Transform chain = client.transform(link);
                AV job = chain.avConvert(Tasks.videoConvert().preset("webm").width(320).height(240))) {
            Check.that("it has an id", !job.uuid().isEmpty() && !job.timestamp().isEmpty());
            Check.that(job.url(), job.url().contains(link.handle()));
            Check.fails(Status.NOT_READY, job::filelink);
            Check.equal("its state", job.status(), "pending");
            Check.that("it has a result", !job.await(null).isNull());
            try (Filelink converted = job.filelink()) {
                Check.equal("its type", converted.metadata("mimetype").get("mimetype").text(), "video/webm");
            }
            Json work = client.runWorkflow("w-1", link.handle(), null);
            String id = work.get("jobid").text();
            Json state = client.workflowStatus(id, null);
            Check.that("a workflow has a state", state.get("status").text() != null);
            Path archive = Cloud.folder("all.zip");
            long length = client.zip(archive, List.of(link.handle(), link.handle()));
            Check.equal("the archive", archive.toFile().length(), length);
        }
    }

    static void anyRequest() {
        try (Client client = Cloud.secured();
                Filelink link = client.upload(DATA);
                Response response = client.request("GET", "/file/" + link.handle() + "/metadata?size=true")) {
            Check.equal("the status", response.status(), 200);
            Check.that("its type", response.header("Content-Type").orElse("").startsWith("application/json"));
            Check.that("all headers", response.headers().containsKey("CONTENT-length"));
            Check.equal("its JSON", response.json(), Json.of(Map.of("size", DATA.length)));
            Check.equal("its text", response.text(), new String(response.body(), StandardCharsets.UTF_8));
            Check.that("no secret is in the URL", !response.url().contains("signature"));
        }
    }

    static void policies() throws IOException {
        Policy policy = new Policy(Instant.parse("2100-01-01T00:00:00Z"))
                .call("read").maxSize(5).minSize(1).path("/a/.*").container("b").url("https://.*");
        Map<String, ?> unknown = Map.of("expiry", 4_102_444_800L, "new", List.of(1, 2.5));
        try (Security security = new Security(policy, "secret");
                Security again = Security.fromSigned(security.policy(), security.signature());
                Security odd = Security.unchecked(unknown, "s")) {
            Check.equal("the policy", again.policyJson(), security.policyJson());
            Check.that(odd.policyJson(), odd.policyJson().contains("2.5"));
            Check.equal("both", security.urlString(),
                    "security=p:" + security.policy() + ",s:" + security.signature());
            Check.fails(Status.INVALID_ARGUMENT, () -> security.checkAllows("store", null));
            security.checkAllows("read", Map.of("size", 3));
        }
        try (Client client = Cloud.secured();
                Filelink link = client.upload(DATA);
                Security security = new Security(
                        new Policy(Security.expiryIn(Duration.ofMinutes(1)))
                                .call("read").handle(link.handle()),
                        Cloud.SECRET)) {
            try (var stream = new java.net.URL(link.signedUrl(security)).openStream()) {
                Check.equal("what anyone with the URL gets", stream.readAllBytes(), DATA);
            }
            RequestOptions options = new RequestOptions().security(security);
            Check.equal("what the call gets", link.content(options), DATA);
            Check.fails(Status.INVALID_ARGUMENT, () -> link.metadata(options));
        }
    }

    static void webhooks() {
        byte[] body = "{\"id\": 1}".getBytes(StandardCharsets.UTF_8);
        String now = String.valueOf(Instant.now().getEpochSecond());
        String signature = Webhook.sign("secret", body, now);
        Webhook.verify(body, now, signature, Webhook.TOLERANCE, "secret");
        String then = String.valueOf(Instant.now().getEpochSecond() - 1000);
        String old = Webhook.sign("secret", body, then);
        Webhook.verify(body, then, old, Duration.ZERO, "secret");
        Check.fails(Status.SIGNATURE_EXPIRED,
                () -> Webhook.verify(body, then, old, Duration.ofMillis(1), "secret"));
        Webhook.verify(body, then, old, ChronoUnit.FOREVER.getDuration(), "secret");
        Check.fails(Status.INVALID_ARGUMENT,
                () -> Webhook.verify(body, then, old, Duration.ofNanos(-1), "secret"));
        Webhook.verify(body, now, signature, Webhook.TOLERANCE, "new secret", "secret");
        Check.fails(Status.SIGNATURE_MISMATCH,
                () -> Webhook.verify(body, now, signature, Webhook.TOLERANCE, "another", "third"));
        Check.fails(Status.SIGNATURE_MISMATCH,
                () -> Webhook.verify(new byte[0], now, signature, Webhook.TOLERANCE, "secret"));
    }

    static void jsonOfAnyDepth() {
        List<?> list = List.of(1, 2.5, true, "\"ü\n", Map.of(), new int[] {7});
        Json json = Json.of(Map.of("a", list, "b", 0x7fffffffffL));
        Check.equal("a text", json.get("a").get(3).text(), "\"ü\n");
        Check.that("nothing is there", json.get("c").get(1).get("d").isNull());
        Check.that("past the end", json.get("a").get(9).isNull());
        Check.equal("a list", json.get("a").toString(), "[1,2.5,true,\"\\\"ü\\n\",{},[7]]");
        Check.equal("a number", json.get("b").toString(), "549755813887");
        Check.equal("null", Json.of(null).toString(), "null");
    }

    static void wholeNumbersOfAServiceStayAsTheyAre() {
        List<String> numbers = List.of(
                "-9223372036854775808", "9223372036854775807", "9223372036854775808",
                "18446744073709551615");
        String body = "{\"numbers\":[" + String.join(",", numbers) + "]}";
        Cloud.faults(Map.of("class", "metadata", "action", Map.of("status", 200, "body", body)));
        try (Client client = Cloud.client();
                Filelink link = client.upload(DATA)) {
            Json answer = link.metadata();
            Check.equal("the text", answer.toString(), body);
            List<Json> found = answer.get("numbers").items();
            Check.equal("each text", found.stream().map(Json::toString).toList(), numbers);
            Check.equal("the least", found.get(0), Json.of(Long.MIN_VALUE));
            Check.equal("the most of a long", found.get(1), Json.of(Long.MAX_VALUE));
            Check.that("one more is another", !found.get(2).equals(found.get(1)));
            Check.equal("as a long", found.get(3).toLong(), Long.MAX_VALUE);
            Check.equal("as a double", found.get(3).toDouble(), 0x1p64);
        }
    }

    static void numbersAreWrittenAsTheyAreOrRefused() {
        BigInteger most = BigInteger.valueOf(Long.MAX_VALUE);
        Map<Number, String> exact = Map.of(
                new BigDecimal("0.1"), "0.1",
                new BigDecimal("-12.50"), "-12.5",
                new BigDecimal("3.0"), "3",
                most, "9223372036854775807",
                BigInteger.TEN.pow(20), "1e+20",
                new AtomicLong(5), "5",
                (byte) -1, "-1");
        exact.forEach((number, text) -> Check.equal("a number", Json.of(number).toString(), text));
        Number half = new Number() {
            private static final long serialVersionUID = 1;

            @Override
            public int intValue() {
                return 0;
            }

            @Override
            public long longValue() {
                return 0;
            }

            @Override
            public float floatValue() {
                return 0.5f;
            }

            @Override
            public double doubleValue() {
                return 0.5;
            }

            @Override
            public String toString() {
                return "1/2";
            }
        };
        for (Number number : List.of(
                new BigDecimal("0.12345678901234567890"),
                new BigDecimal("1E400"),
                new BigDecimal("1E-400"),
                most.add(BigInteger.ONE),
                BigInteger.ONE.shiftLeft(64).add(BigInteger.ONE),
                half)) {
            String message = Check.fails(Status.INVALID_ARGUMENT, () -> Json.of(number)).getMessage();
            Check.that(message, message.contains("exactly"));
        }
        Tasks.Resize wide = Tasks.resize().width(1e300);
        try (Client client = Cloud.client()) {
            FerryException refused = Check.fails(
                    Status.INVALID_ARGUMENT, () -> client.transform("https://example.com/a", wide));
            Check.that(refused.getMessage(), !refused.getMessage().contains("9223372036854775807"));
        }
    }
}
