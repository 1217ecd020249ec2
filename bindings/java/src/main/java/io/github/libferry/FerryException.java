package io.github.libferry;

import com.sun.jna.Pointer;

/**
 * Why a call failed. The message is one line for people: what was being done, to what, what came back, what
 * to do. It contains no secret.
 */
public final class FerryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Status status;
    private final int httpStatus;
    private final int errno;
    private final String body;
    private final String step;
    private final boolean isRetryable;

    FerryException(Status status, String message) {
        this(status, message, 0, 0, "", "", false);
    }

    FerryException(
            Status status,
            String message,
            int httpStatus,
            int errno,
            String body,
            String step,
            boolean isRetryable) {
        super(message);
        this.status = status;
        this.httpStatus = httpStatus;
        this.errno = errno;
        this.body = body;
        this.step = step;
        this.isRetryable = isRetryable;
    }

    /** Copies an error of the library, which stays the library's. */
    static FerryException of(Pointer error) {
        return new FerryException(
                Status.of(Abi.ferry_error_status(error)),
                Abi.ferry_error_message(error),
                Abi.ferry_error_http_status(error),
                Abi.ferry_error_errno(error),
                Abi.ferry_error_body(error),
                Abi.ferry_error_step(error),
                Abi.ferry_error_retryable(error) != 0);
    }

    /** The kind of failure. */
    public Status status() {
        return status;
    }

    /** The HTTP status of the service's answer; 0 if there was none. */
    public int httpStatus() {
        return httpStatus;
    }

    /** The system's number of the error, a value of errno; 0 if it was not the system that refused. */
    public int errno() {
        return errno;
    }

    /** The first 16 KiB of the service's answer with secrets removed; "" if there was none. */
    public String body() {
        return body;
    }

    /** The step that failed, such as "start" or "put"; "" if nothing had begun. */
    public String step() {
        return step;
    }

    /**
     * Whether the same call can succeed later without a change: after a network failure, a busy service or an
     * interrupt. It is false if the call may have created something that a repetition would
     * create twice.
     */
    public boolean isRetryable() {
        return isRetryable;
    }
}
