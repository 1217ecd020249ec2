package io.github.libferry;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/** Webhooks: proof that a message comes from the service. */
public final class Webhook {
    /** How old a message may usually be. */
    public static final Duration TOLERANCE = Duration.ofMinutes(5);

    private Webhook() {}

    /**
     * Verifies a message, which may be signed with any of the secrets.
     *
     * @param body the raw body of the request, before any parsing
     * @param timestamp its header FS-Timestamp
     * @param signature its header FS-Signature
     * @param tolerance the greatest age of a message; zero accepts any age
     * @throws FerryException {@link Status#SIGNATURE_MISMATCH} or {@link Status#SIGNATURE_EXPIRED}
     */
    public static void verify(
            byte[] body, String timestamp, String signature, Duration tolerance, String... secrets) {
        Call.plain("timestamp", timestamp);
        Call.plain("signature", signature);
        int seconds = (int) Math.min(Call.seconds("tolerance", tolerance), Integer.MAX_VALUE);
        Objects.requireNonNull(secrets, "secrets");
        try (Call call = new Call()) {
            Pointer data = call.memory("body", body);
            if (secrets.length == 1) {
                String secret = Call.plain("secrets", secrets[0]);
                call.run(err -> Abi.ferry_webhook_verify(
                        secret, data, body.length, timestamp, signature, seconds, err));
                return;
            }
            Pointer all = call.texts("secrets", Arrays.asList(secrets));
            call.run(err -> Abi.ferry_webhook_verify_any(
                    all, secrets.length, data, body.length, timestamp, signature, seconds, err));
        }
    }

    /** Signs a message as the service does, to test a receiver. */
    public static String sign(String secret, byte[] body, String timestamp) {
        Call.plain("secret", secret);
        Call.plain("timestamp", timestamp);
        try (Call call = new Call()) {
            Pointer data = call.memory("body", body);
            return call.string(
                    (out, err) -> Abi.ferry_webhook_sign(secret, data, body.length, timestamp, out, err));
        }
    }
}
