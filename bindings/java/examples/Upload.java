import io.github.libferry.Client;
import io.github.libferry.ClientOptions;
import io.github.libferry.FerryException;
import io.github.libferry.Filelink;
import io.github.libferry.Progress;
import io.github.libferry.UploadOptions;
import java.nio.file.Path;

/** Uploads a file with a bar that shows the progress, and prints its URL. */
public final class Upload {
    private Upload() {}

    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            System.err.println("FILE APIKEY [BASE_URL]");
            System.exit(2);
        }
        ClientOptions account = new ClientOptions();
        if (arguments.length > 2) {
            account.baseUrl(arguments[2]);
        }
        UploadOptions options = new UploadOptions().onProgress(Upload::show);
        try (Client client = new Client(arguments[1], account);
                Filelink link = client.upload(Path.of(arguments[0]), options)) {
            System.err.println();
            System.out.println(link.url());
        } catch (FerryException error) {
            System.err.printf("%n%s%n", error.getMessage());
            System.exit(1);
        }
    }

    private static void show(Progress progress) {
        int done = (int) (progress.percent() / 5);
        String bar = "#".repeat(done) + ".".repeat(20 - done);
        String left = progress.left().map(it -> ", " + it.toSeconds() + " s left").orElse("");
        double rate = progress.bytesPerSecond() / 1e6;
        System.err.printf("\r[%s] %3.0f %%, %.1f MB/s%s ", bar, progress.percent(), rate, left);
    }
}
