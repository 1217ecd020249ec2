package io.github.libferry;

/** What kind of failure a {@link FerryException} is. */
public enum Status {
    /** An argument cannot be used; nothing was sent. */
    INVALID_ARGUMENT(Abi.FERRY_INVALID_ARGUMENT),
    /** The object is closed or in the wrong state, such as an upload that is running already. */
    INVALID_STATE(Abi.FERRY_INVALID_STATE),
    /** A local file cannot be read or written. */
    IO(Abi.FERRY_IO),
    /** The connection failed or was cut. */
    NETWORK(Abi.FERRY_NETWORK),
    /** A timeout or the deadline has passed. */
    TIMEOUT(Abi.FERRY_TIMEOUT),
    /** The service answered with an error; see {@link FerryException#httpStatus}. */
    HTTP(Abi.FERRY_HTTP),
    /** The answer of the service was not understood. */
    PROTOCOL(Abi.FERRY_PROTOCOL),
    /** What was stored differs from what was sent. */
    INTEGRITY(Abi.FERRY_INTEGRITY),
    /** The source changed while it was uploaded, or the stored file while it was downloaded. */
    FILE_CHANGED(Abi.FERRY_FILE_CHANGED),
    /** The call was cancelled or interrupted. */
    CANCELLED(Abi.FERRY_CANCELLED),
    /** The upload was paused; run it again to go on. */
    PAUSED(Abi.FERRY_PAUSED),
    /** There is no result yet. */
    NOT_READY(Abi.FERRY_NOT_READY),
    /** The signature does not belong to the message. */
    SIGNATURE_MISMATCH(Abi.FERRY_SIGNATURE_MISMATCH),
    /** The signature is right but too old. */
    SIGNATURE_EXPIRED(Abi.FERRY_SIGNATURE_EXPIRED),
    /** Memory or threads have run out. */
    OUT_OF_MEMORY(Abi.FERRY_OUT_OF_MEMORY),
    /** A bug in the library, or a status that this package does not know. */
    INTERNAL(Abi.FERRY_INTERNAL);

    private final int number;

    Status(int number) {
        this.number = number;
    }

    static Status of(int number) {
        for (Status status : values()) {
            if (status.number == number) {
                return status;
            }
        }
        return INTERNAL;
    }

    /** The name that the status has in C and in every other language, such as "FERRY_NETWORK". */
    public String symbol() {
        return Abi.ferry_status_name(number);
    }
}
