package ferrytest;

import io.github.libferry.Client;
import io.github.libferry.ClientOptions;
import io.github.libferry.ConnectionOptions;
import io.github.libferry.FerryException;
import io.github.libferry.Filelink;
import io.github.libferry.Json;
import io.github.libferry.Response;
import io.github.libferry.Security;
import io.github.libferry.Task;
import io.github.libferry.Tasks;
import io.github.libferry.Telestream;
import io.github.libferry.TelestreamOptions;
import io.github.libferry.TelestreamUploadOptions;
import io.github.libferry.Transform;
import io.github.libferry.Upload;
import io.github.libferry.UploadOptions;
import io.github.libferry.Webhook;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What every binding does alike; tests/vectors/README.md says what each operation is. */
final class Parity {
    private static final Map<String, Function<Json, Object>> OPERATIONS = Map.ofEntries(
            Map.entry("transform_url", Parity::transformUrl),
            Map.entry("sign_policy", Parity::signPolicy),
            Map.entry("verify_webhook", Parity::verifyWebhook),
            Map.entry("sign_request", Parity::signRequest),
            Map.entry("upload_bytes", Parity::uploadBytes),
            Map.entry("upload_events", Parity::uploadEvents),
            Map.entry("upload_file", Parity::uploadFile),
            Map.entry("metadata", Parity::metadata),
            Map.entry("image_size", Parity::imageSize),
            Map.entry("upload_video", Parity::uploadVideo),
            Map.entry("find_video", Parity::findVideo));

    private Parity() {}

    static void everyCase() {
        List<Json> cases = cases();
        Check.that("there are cases", cases.size() >= 20);
        for (Json it : cases) {
            Main.test("Parity: " + it.get("name").text(), () -> run(it));
        }
    }

    static void tasksAreTyped() {
        Check.that("a resize is typed", typed("resize", Json.of(Map.of("width", 5, "fit", "crop"))) != null);
        Check.that("an unknown parameter is not", typed("resize", Json.of(Map.of("new", 1))) == null);
        Check.that("an unknown task is not", typed("rezise", Json.of(Map.of())) == null);
    }

    /** Java reads no JSON: the cloud stores the cases, and the library reads them. */
    private static List<Json> cases() {
        Path vectors = Path.of(System.getenv("FERRY_TEST_VECTORS"), "parity.json");
        try (Client client = Cloud.client();
                Filelink link = client.upload(vectors);
                Response response = client.request("GET", link.url())) {
            return response.json().items();
        }
    }

    private static void run(Json it) {
        Function<Json, Object> operation = OPERATIONS.get(it.get("do").text());
        Check.that("it is an operation: " + it.get("do"), operation != null);
        Json fails = it.get("fails");
        if (fails.isNull()) {
            Check.equal("what it gives", Json.of(operation.apply(it.get("with"))), it.get("gives"));
            return;
        }
        FerryException failure =
                Check.thrown(FerryException.class, () -> operation.apply(it.get("with")));
        Check.equal("the status", failure.status().symbol(), fails.get("status").text());
        Check.equal("the HTTP status", (long) failure.httpStatus(), fails.get("http_status").toLong());
        Check.that("the message: " + failure.getMessage(),
                failure.getMessage().contains(fails.get("message").text()));
    }

    private static Object transformUrl(Json with) {
        try (Client client = new Client("TESTKEY");
                Transform chain = client.transform(with.get("source").text(), tasks(with))) {
            return Map.of("url", chain.url());
        }
    }

    /** By their methods if these can say it, else as JSON. */
    private static Task[] tasks(Json with) {
        return with.get("tasks").items().stream().map(it -> {
            Task typed = typed(it.get("task").text(), it.get("params"));
            return typed == null ? Task.of(it.get("task").text(), it.get("params").members()) : typed;
        }).toArray(Task[]::new);
    }

    private static Task typed(String name, Json params) {
        try {
            Object task = Tasks.class.getMethod(name).invoke(null);
            for (Map.Entry<String, Json> param : params.members().entrySet()) {
                set(task, param.getKey(), param.getValue());
            }
            return (Task) task;
        } catch (NoSuchMethodException unknown) {
            return null;
        } catch (ReflectiveOperationException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void set(Object task, String name, Json value) throws ReflectiveOperationException {
        for (Method method : task.getClass().getMethods()) {
            if (!method.getName().equals(name)) {
                continue;
            }
            Class<?> kind = method.getParameterTypes()[0];
            boolean isText = value.text() != null;
            if (kind == String.class && isText) {
                method.invoke(task, value.text());
            } else if (kind == String[].class && !value.items().isEmpty()) {
                Object texts = value.items().stream().map(Json::text).toArray(String[]::new);
                method.invoke(task, texts);
            } else if (kind == boolean.class && List.of("true", "false").contains(value.toString())) {
                method.invoke(task, value.isTrue());
            } else if (kind == double.class && !isText) {
                method.invoke(task, value.toDouble());
            } else if (kind == int.class && !isText) {
                method.invoke(task, (int) value.toLong());
            } else {
                continue;
            }
            return;
        }
        throw new NoSuchMethodException(name);
    }

    private static Object signPolicy(Json with) {
        try (Security security = new Security(with.get("policy").members(), with.get("secret").text())) {
            return Map.of("policy_b64", security.policy(), "signature", security.signature());
        }
    }

    private static Object verifyWebhook(Json with) {
        Webhook.verify(
                with.get("body").text().getBytes(StandardCharsets.UTF_8),
                with.get("timestamp").text(),
                with.get("signature").text(),
                Duration.ofSeconds(with.get("tolerance").toLong()),
                with.get("secret").text());
        return Map.of();
    }

    private static Object signRequest(Json with) {
        TelestreamOptions options = new TelestreamOptions()
                .apiHost(with.get("api_host").text())
                .factory(with.get("factory_id").text());
        try (Telestream account =
                new Telestream(with.get("access_key").text(), with.get("secret_key").text(), options)) {
            String signed = account.signedParams(
                    with.get("method").text(),
                    with.get("path").text(),
                    with.get("params").members(),
                    OffsetDateTime.parse(with.get("timestamp").text()).toInstant());
            Matcher signature = Pattern.compile("\"signature\":\\s*\"([^\"]*)\"").matcher(signed);
            Check.that("a signature is in " + signed, signature.find());
            return Map.of("signature", signature.group(1));
        }
    }

    private static Object uploadBytes(Json with) {
        byte[] data = with.get("text").text().getBytes(StandardCharsets.UTF_8);
        UploadOptions options = new UploadOptions().filename(with.get("filename").text());
        try (Client client = Cloud.client();
                Filelink link = client.upload(data, options)) {
            Check.equal("what came back", link.content(), data);
            Json told = link.metadata("filename", "size", "mimetype");
            return told;
        }
    }

    private static Object uploadEvents(Json with) {
        List<String> attempts = new ArrayList<>();
        ConnectionOptions connection = new ConnectionOptions().onEvent(it -> {
            if (it.kind().equals("attempt")) {
                attempts.add("%s %s %d part %d attempt %d"
                        .formatted(it.step(), it.method(), it.httpStatus(), it.part(), it.attempt()));
            }
        });
        UploadOptions options = new UploadOptions().filename(with.get("filename").text());
        byte[] data = with.get("text").text().getBytes(StandardCharsets.UTF_8);
        try (Client client =
                        new Client("TESTKEY", new ClientOptions().baseUrl(Cloud.URL).connection(connection));
                Filelink link = client.upload(data, options)) {
            Check.that("it has a handle", !link.handle().isEmpty());
            return Map.of("attempts", String.join("; ", attempts));
        }
    }

    private static Object uploadFile(Json with) {
        try (Client client = Cloud.client();
                Filelink link = client.upload(Path.of(with.get("path").text()))) {
            return Map.of("handle", link.handle());
        }
    }

    private static Object metadata(Json with) {
        try (Client client = Cloud.client();
                Filelink link = client.filelink(with.get("handle").text())) {
            return link.metadata();
        }
    }

    private static Object imageSize(Json with) {
        Path picture = Path.of(System.getenv("FERRY_TEST_DATA"), with.get("data").text());
        try (Client client = Cloud.client();
                Filelink link = client.upload(picture);
                Transform chain = client.transform(link, tasks(with))) {
            return chain.add(Tasks.imagesize()).json();
        }
    }

    private static Object uploadVideo(Json with) {
        String name = with.get("filename").text();
        Path film = Cloud.file(name, with.get("text").text().getBytes(StandardCharsets.UTF_8));
        TelestreamUploadOptions options =
                new TelestreamUploadOptions().concurrency((int) with.get("concurrency").toLong());
        Map<String, Json> params = with.get("params").members();
        try (Telestream account = Cloud.telestream();
                Upload upload = account.factory().prepareUpload(film, params, options)) {
            return Map.of("state", upload.run().state().toString());
        }
    }

    private static Object findVideo(Json with) {
        try (Telestream account = Cloud.telestream()) {
            return account.factory().videos().find(with.get("id").text());
        }
    }
}
