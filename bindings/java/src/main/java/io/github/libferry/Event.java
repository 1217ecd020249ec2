package io.github.libferry;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Something that has happened in a call; see {@link ConnectionOptions#onEvent}. What does not apply to the
 * kind is 0, "" or empty. Nothing holds a secret.
 *
 * @param kind what happened: "attempt", "connection", "retry", "restart", "concurrency". More may come
 * @param status what failed; empty if nothing did
 * @param httpStatus the HTTP status; 0 if there was no answer
 * @param attempt which attempt it was: 1, 2, …
 * @param part the part that it was for, from 1; 0 if for none
 * @param concurrency of a change: how many parts or files are sent at once from now on
 * @param pause of a retry: the pause
 * @param isReused of an attempt: whether it went over a connection that was open
 * @param step the step, as {@link FerryException#step} names it
 * @param method "GET", "POST", …
 * @param url the address as errors show it, without query, user and password
 * @param remote where the bytes went, such as "192.0.2.1:443"
 * @param requestId what the service calls the request
 * @param message what failed, in one line
 * @param time when it happened or ended
 * @param name how long the look-up of the host's name took
 * @param connect how long the TCP connection took
 * @param tls how long the TLS handshakes took
 * @param firstByte from the beginning to the first byte of the answer
 * @param whole all of it
 * @param bytesSent bytes of the request that have left, before TLS
 * @param bytesReceived bytes of the answer that have come, after TLS
 */
public record Event(
        String kind,
        Optional<Status> status,
        int httpStatus,
        int attempt,
        int part,
        int concurrency,
        Duration pause,
        boolean isReused,
        String step,
        String method,
        String url,
        String remote,
        String requestId,
        String message,
        Instant time,
        Duration name,
        Duration connect,
        Duration tls,
        Duration firstByte,
        Duration whole,
        long bytesSent,
        long bytesReceived) {

    static Event of(Pointer memory) {
        Abi.ferry_event it = new Abi.ferry_event(memory);
        it.read();
        return new Event(
                Abi.ferry_event_kind_name(it.kind),
                it.status == Abi.FERRY_OK ? Optional.empty() : Optional.of(Status.of(it.status)),
                it.http_status,
                it.attempt,
                it.part,
                it.concurrency,
                Duration.ofMillis(Integer.toUnsignedLong(it.wait_ms)),
                it.reused != 0,
                text(it.step),
                text(it.method),
                text(it.url),
                text(it.remote),
                text(it.request_id),
                text(it.message),
                Instant.EPOCH.plus(it.time_us, ChronoUnit.MICROS),
                micros(it.name_us),
                micros(it.connect_us),
                micros(it.tls_us),
                micros(it.first_byte_us),
                micros(it.whole_us),
                it.bytes_sent,
                it.bytes_received);
    }

    private static String text(Pointer text) {
        return text.getString(0, "UTF-8");
    }

    private static Duration micros(long count) {
        return Duration.of(count, ChronoUnit.MICROS);
    }
}
